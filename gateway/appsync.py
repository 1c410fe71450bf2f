"""The door for AWS AppSync: events of direct Lambda resolvers, alone or in batches, to the one schema.

A batch answers for each item: its data, and its error where there is one. An event alone can only have the one or the other: its error is
raised, under a class named by the code, since the runtime tells a class by its name and AppSync shows that as `errorType`.
Source: https://docs.aws.amazon.com/appsync/latest/devguide/resolver-mapping-template-reference-lambda.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from gateway import access, requests
from gateway.answers import NotKept
from gateway.edge import trace_of
from gateway.errors import Problem, problem
from gateway.execute import execute, wrong_inputs
from gateway.fields import Field, caller_of
from resolvers.errors import ValidationFailed
from resolvers.permissions import somebody
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import ExecutionResult

    from gateway.answers import Place
    from gateway.gateway import Gateway
    from gateway.limits import Class
    from resolvers.context import Caller, Context

_log = logging.getLogger("brickgate.appsync")


@dataclass(frozen=True)
class Answer:
    """What has become of a field; an error may concern a part of the data alone."""

    data: Any
    problem: Problem | None = None

    def item(self) -> dict[str, Any]:
        """The answer as one of a batch."""
        if self.problem is None:
            return {"data": self.data}
        return {"data": self.data, "errorMessage": self.problem.message, "errorType": self.problem.code}

    def alone(self) -> Any:
        """The answer to an event that came alone.

        Raises:
            Exception: named by the code; the data could not be had.
        """
        if self.problem is None:
            return self.data
        if self.data is None:
            raise type(self.problem.code, (Exception,), {})(self.problem.message)
        _log.warning("answered in part", extra={"errorType": self.problem.code, "errorMessage": self.problem.message})
        return self.data


class AppSync:
    """Answers events for as long as the process lives."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def serve(self, event: Any) -> Any:
        """Answer an event, or a list of them.

        Raises:
            Exception: as `Answer.alone`.
        """
        events = event if isinstance(event, list) else [event]
        headers = _headers(events)
        requests.begin(headers.get("x-request-id"), trace_of({name.encode(): value for name, value in headers.items()}))
        contexts: dict[Caller | None, Context] = {}
        if any(map(_changes, events)):
            answers = [await self._answer(one, contexts) for one in events]
        else:  # together, so that the loads of all parents become one
            answers = await asyncio.gather(*(self._answer(one, contexts) for one in events))
        return [answer.item() for answer in answers] if isinstance(event, list) else answers[0].alone()

    async def _answer(self, event: Any, contexts: dict[Caller | None, Context]) -> Answer:
        """The answer to one event, which is a request of its own to those who look on."""
        began, served = time.perf_counter(), requests.part()
        with span("request", "APPSYNC") as seen:
            answer = await self._answered(event, contexts)
            seen.tell({"graphql.operation.name": served.operation}, f"APPSYNC {served.route}")
        status = answer.problem.status if answer.problem else HTTPStatus.OK
        access.ended(served, "APPSYNC", status, time.perf_counter() - began, 0)
        return answer

    async def _answered(self, event: Any, contexts: dict[Caller | None, Context]) -> Answer:
        try:
            field = Field.of(event)
            requests.reached(field.name)
            requests.runs(field.operation.name)
            caller = caller_of(event, self._gateway.settings.issuer)
            if caller:
                requests.called_by(caller.id, "authorizer")
            if caller not in contexts or field.operation.writes:  # what has been loaded may not be so any more
                contexts[caller] = self._gateway.context(caller, partial(self._counted, caller))
            return await self._field(field, contexts[caller])
        except Exception as error:  # noqa: BLE001 - whatever it is, the others of the batch have their answers
            return Answer(None, problem(error))

    async def _counted(self, caller: Caller | None, kind: Class) -> None:
        if caller:
            (await self._gateway.limits.hit(caller.id, kind)).check()

    async def _field(self, field: Field, context: Context) -> Answer:
        if field.source is not None:
            somebody(context.caller)  # root fields ask by themselves
            return await _executed(field, context)
        if context.caller is None:
            return await _executed(field, context)
        place = self._gateway.answers.place(field.operation, field.arguments, context.user_id, field.form)
        if place is not None:
            return await self._read(field, context, place)
        (await self._gateway.limits.hit(context.user_id)).check()
        return await _executed(field, context)

    async def _read(self, field: Field, context: Context, place: Place) -> Answer:
        """The answer to a query whose answers are kept."""
        verdict, _, look = await self._gateway.limits.look(context.user_id, place.key)
        verdict.check()

        async def make() -> bytes:
            answer = await _executed(field, context)
            if answer.problem:
                raise NotKept(answer)
            return orjson.dumps(answer.data)

        try:
            return Answer(orjson.loads((await self._gateway.answers.read(look, place, make)).content))
        except NotKept as failed:
            answer: Answer = failed.result
            return answer


async def _executed(field: Field, context: Context) -> Answer:
    result = await execute(field.operation, field.arguments, context, schema=field.schema, source=field.source)
    data = result.data and result.data[field.name]
    return Answer(data, _problem(field, result) if result.errors else None)


def _problem(field: Field, result: ExecutionResult) -> Problem:
    """The first error; wrong arguments are told as one that names them all."""
    errors = result.errors or []
    if result.data is None and not any(error.path for error in errors):
        wrong = wrong_inputs(field.operation, field.arguments)
        if wrong:
            return problem(ValidationFailed(*wrong))
    return problem(errors[0])


def _changes(event: Any) -> bool:
    info = event.get("info") if isinstance(event, dict) else None
    return isinstance(info, dict) and info.get("parentTypeName") == "Mutation"


def _headers(events: list[Any]) -> Mapping[str, str]:
    """The headers that the client's request came with, by names in lower case."""
    request: Mapping[str, Any] = (events[0].get("request") if events and isinstance(events[0], dict) else None) or {}
    return request.get("headers") or {}
