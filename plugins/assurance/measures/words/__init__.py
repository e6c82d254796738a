"""What do the measures mean, in words? The same state gives the same sentence in every page, mail and table.

Number first, then meaning; no adjective without a number. Pure functions from counts, verdicts and variations to
English. The nouns of a collection come from its own words; nothing here knows what is counted.

One vocabulary: whoever writes says `words.verdict_detail`, whichever file has it.
"""

from assurance.measures.words.actions import *  # noqa: F403
from assurance.measures.words.areas import *  # noqa: F403
from assurance.measures.words.checks import *  # noqa: F403
from assurance.measures.words.data_quality import *  # noqa: F403
from assurance.measures.words.decisions import *  # noqa: F403
from assurance.measures.words.index import *  # noqa: F403
from assurance.measures.words.labels import *  # noqa: F403
from assurance.measures.words.matrix import *  # noqa: F403
from assurance.measures.words.plain import *  # noqa: F403
from assurance.measures.words.published import *  # noqa: F403
from assurance.measures.words.rates import *  # noqa: F403
from assurance.measures.words.reasons import *  # noqa: F403
from assurance.measures.words.releases import *  # noqa: F403
from assurance.measures.words.returns import *  # noqa: F403
from assurance.measures.words.screens import *  # noqa: F403
from assurance.measures.words.second_readings import *  # noqa: F403
from assurance.measures.words.self_assessment import *  # noqa: F403
from assurance.measures.words.shareable import *  # noqa: F403
from assurance.measures.words.standards import *  # noqa: F403
from assurance.measures.words.variation import *  # noqa: F403
from assurance.measures.words.workbook import *  # noqa: F403
