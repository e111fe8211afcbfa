"""The audit of an app: every route with its policy, and findings, without serving a request.

>>> from wsgicors import CORSMiddleware
>>> from wsgicors.auditing import audit, survey
>>> app = CORSMiddleware(lambda environ, start_response: [], allow_origins="http://localhost:*")
>>> [finding.code for finding in audit(survey(app))]
['development-origin']

The command ``wsgicors audit`` prints the result.
"""

from .._introspection import About, Row, Stray, Survey
from .diff import Change, diff, new_findings
from .document import Document, document, read_document
from .findings import CODES, Finding, audit
from .lines import Line, describe
from .policies import PolicyUse, list_policies
from .rights import Difference
from .survey import survey
from .trials import trial_differences

__all__ = [
    "CODES",
    "About",
    "Change",
    "Difference",
    "Document",
    "Finding",
    "Line",
    "PolicyUse",
    "Row",
    "Stray",
    "Survey",
    "audit",
    "describe",
    "diff",
    "document",
    "list_policies",
    "new_findings",
    "read_document",
    "survey",
    "trial_differences",
]
