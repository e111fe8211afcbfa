"""Who may read what in an app: all its routes with their policies, without a single request.

>>> from wsgicors import CORSMiddleware
>>> from wsgicors.auditing import audit, survey
>>> app = CORSMiddleware(lambda environ, start_response: [], allow_origins="http://localhost:*")
>>> [finding.code for finding in audit(survey(app))]
['development-origin']

The command ``wsgicors audit`` prints what this package finds out.
"""

from ..surveying import Row, Stray, Survey
from .changes import Change, diff
from .documents import Document, document, read_document
from .findings import CODES, Finding, audit
from .lines import Line, describe
from .surveys import survey

__all__ = [
    "CODES",
    "Change",
    "Document",
    "Finding",
    "Line",
    "Row",
    "Stray",
    "Survey",
    "audit",
    "describe",
    "diff",
    "document",
    "read_document",
    "survey",
]
