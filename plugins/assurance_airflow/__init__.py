"""What Airflow runs of the project, beside the DAG files: a module for each thing that Airflow can be taught.

The package `assurance` knows nothing of Airflow; this one calls its steps and holds no rule of its own.
"""
