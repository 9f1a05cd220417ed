"""The lifecycle of a designation: one pure function of a company's facts, the complete lists, and a date.

The rules (design §2.2; what the texts leave open is marked *assumed*):

* Batch b belongs to 2018 + b; a term lasts three years; a passed review adds three (S-02, S-04).
* In a review year the company stays Active, *review pending*, until the outcome is known or the year ends.
  Then it is Active if it passed, Inactive if it failed or is absent from a complete list that had to hold
  it, and Unknown otherwise (S-08, S-17). A company that is absent after its elevation to a higher title
  leaves with that reason and counts in no removal rate (S-13).
* Only a company whose review is due by its own clock passes or fails it (S-05). A pass in a year in which
  none was due changes nothing and is reported.
* An Unknown company keeps its clock (*assumed*): a later pass shows that it had passed, and absence from a
  later complete list ends it whichever way the missing review went.
* A later designation makes the company Active and restarts the clock (S-03; S-06 *assumed*); an outcome of
  the old term that is dated after it changes nothing.
* A designation known from a public notice alone is provisional. A complete final list of the same batch
  that lacks the company withdraws it, and a company that has nothing else has lapsed.
* A revocation makes the company Inactive at once. An elevation is a tier beside the status (S-13).
* Sources that contradict each other: class, then stage, then what a list says before what it leaves out,
  then the later publication, then the id (D-04).
* A document printed outside the term that it speaks of is an archive copy or a slip: its fact is dated
  into that term (*assumed*).

`facts` holds what lists say, `settle` decides between lists, `walk` goes through a company's life.
"""

from giants.domain.lifecycle.facts import (
    TERM_YEARS,
    CompanyFacts,
    CompleteLists,
    DesignationFact,
    ElevationFact,
    Evidence,
    Gap,
    GapReason,
    ReviewFact,
    RevocationFact,
    batch_year,
    dated,
)
from giants.domain.lifecycle.settle import (
    ABSENT_AFTER_ELEVATION,
    ABSENT_FROM_COMPLETE_LIST,
    Dispute,
    ReviewResult,
    ReviewVerdict,
    Term,
    settle_review,
    settle_term,
)
from giants.domain.lifecycle.walk import (
    OpenReview,
    StatusHistory,
    Transition,
    TransitionCause,
    status_history,
)

__all__ = [
    "ABSENT_AFTER_ELEVATION",
    "ABSENT_FROM_COMPLETE_LIST",
    "TERM_YEARS",
    "CompanyFacts",
    "CompleteLists",
    "DesignationFact",
    "Dispute",
    "ElevationFact",
    "Evidence",
    "Gap",
    "GapReason",
    "OpenReview",
    "ReviewFact",
    "ReviewResult",
    "ReviewVerdict",
    "RevocationFact",
    "StatusHistory",
    "Term",
    "Transition",
    "TransitionCause",
    "batch_year",
    "dated",
    "settle_review",
    "settle_term",
    "status_history",
]
