"""Everything this project raises on purpose. Messages say what, where, and what to do; never a value of a return."""


class AssuranceError(Exception):
    """The root: catch it to catch all that is ours."""


class SettingsError(AssuranceError):
    """An `ASSURANCE_…` variable asks for what this version cannot do."""


class CatalogueError(AssuranceError):
    """A file under `expectations/` is wrong; the message names file, place and cure."""


class LandingError(AssuranceError):
    """A place or file of the landing cannot be read."""


class UnfinishedError(LandingError):
    """A file of the landing is not as it was found: taken away, or still being written. It is taken up the next time."""


class SubmissionError(AssuranceError):
    """No submission, or more than one, is meant by a name; or it is not one with which the thing asked for can be done."""


class ReaderError(AssuranceError):
    """A received file could not be read because this installation's reader does not work; the file is not to blame."""


class WarehouseError(AssuranceError):
    """The warehouse is absent, locked for too long, or not at the schema this version needs."""


class GateError(AssuranceError):
    """Great Expectations did not evaluate what it was asked, or disagrees with the compiled rules."""


class ReleaseError(AssuranceError):
    """A release cannot be built or sent as asked."""


class LapsedError(ReleaseError):
    """A request to sign a release off has lapsed: nobody answered it, or what it showed is not what stands now."""


class FigureError(AssuranceError):
    """No published figure is meant by an id; the message says which part of it is wrong, and what there is."""


class AnswerError(AssuranceError):
    """Nothing was asked that would be answered so; the message says what was."""


class DeliveryError(AssuranceError):
    """Mail cannot be sent as it is set up or written; nothing is lost, the messages stay owed."""


class DelayedError(Exception):
    """Something is not done yet for a passing reason: the same step, run again later, will do it."""


class UnforeseenError(Exception):
    """A step failed in a way nobody thought of: the kind of the error, without its words. Another try may succeed."""
