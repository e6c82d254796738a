"""The screens that Airflow's UI shows: a month, its releases, what was found in its returns, and mail that waits.

They are made when somebody looks and are kept nowhere. Pure: data in, HTML out. Whoever may see some Areas only is
given these alone.
"""
