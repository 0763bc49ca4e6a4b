# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Jobs as XML."""

from .formats import attribute, content
from .jobs import now

__all__ = ["date", "job_document", "jobs_document", "parameters_document", "results_document"]

_SPACES = ('xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
           'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"')
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def date(moment):
    """A time as DALI writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _element(name, text, attributes=""):
    return f"<uws:{name}{attributes}>{content(text)}</uws:{name}>"


def _nillable(name, moment):
    return f'<uws:{name} xsi:nil="true"/>' if moment is None else _element(name, date(moment))


def _parameters(job, spaces=""):
    items = "".join(_element("parameter", value, f" id={attribute(name)}") for name, value in job.parameters.items())
    return f"<uws:parameters{spaces}>{items}</uws:parameters>"


def _results(job, url, spaces=""):
    item = "" if job.result is None else (f'<uws:result id="result" mime-type={attribute(job.media)} '
                                          f"xlink:href={attribute(url + '/results/result')}/>")
    return f"<uws:results{spaces}>{item}</uws:results>"


def parameters_document(job):
    """The parameters of a job."""
    return _HEAD + _parameters(job, f" {_SPACES}")


def results_document(job, url):
    """The list of results of a job, whose address is given."""
    return _HEAD + _results(job, url, f" {_SPACES}")


def job_document(job, url):
    """All about a job, whose address is given."""
    error = "" if job.error is None else (f'<uws:errorSummary type="fatal" hasDetail="true">'
                                          f"{_element('message', job.error)}</uws:errorSummary>")
    return (f'{_HEAD}<uws:job {_SPACES} version="1.1">{_element("jobId", job.id)}<uws:ownerId xsi:nil="true"/>'
            f"{_element('phase', job.phase)}{_element('quote', date(job.ended or now()))}"
            f"{_element('creationTime', date(job.created))}{_nillable('startTime', job.started)}"
            f"{_nillable('endTime', job.ended)}{_element('executionDuration', str(job.duration))}"
            f"{_element('destruction', date(job.destruction))}{_parameters(job)}{_results(job, url)}{error}</uws:job>")


def jobs_document(jobs, url):
    """A list of jobs; the address is that of the list."""
    items = "".join(
        f"<uws:jobref id={attribute(job.id)} xlink:href={attribute(f'{url}/{job.id}')}>{_element('phase', job.phase)}"
        f"{_element('creationTime', date(job.created))}</uws:jobref>" for job in jobs)
    return f'{_HEAD}<uws:jobs {_SPACES} version="1.1">{items}</uws:jobs>'
