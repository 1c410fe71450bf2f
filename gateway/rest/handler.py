"""Serving the routes: one endpoint for each path, one way through for each of its methods."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import csrf, idempotency, requests
from gateway.errors import Problem, problem, refuse
from gateway.execute import execute, named
from gateway.headers import PRIVATE
from gateway.rest import conditions
from gateway.rest.binding import Binding
from gateway.rest.envelope import envelope, timed
from gateway.rest.multipart import is_form
from gateway.visit import Visit
from resolvers.errors import AppError, Unauthorized, ValidationFailed

if TYPE_CHECKING:
    from graphql import ExecutionResult
    from starlette.types import Receive, Scope, Send

    from gateway.execute import Operation
    from gateway.gateway import Gateway
    from gateway.rest.binding import Bound
    from gateway.rest.envelope import Envelope
    from gateway.rest.route import Route
    from resolvers.context import Context
    from services.windows import Admission


class Handler:
    """One route, ready to serve."""

    def __init__(self, route: Route, gateway: Gateway) -> None:
        self._route = route
        self._gateway = gateway

    # What the schema is needed for waits for the first request: a start should not pay for every route's.

    @cached_property
    def _operation(self) -> Operation:
        return named(self._route.operation)

    @cached_property
    def _guard(self) -> Operation | None:
        return named(self._route.guard) if self._route.guard else None

    @cached_property
    def _binding(self) -> Binding:
        return Binding(self._route, self._operation)

    @cached_property
    def _counts_later(self) -> bool:
        return self._gateway.answers.keeps(self._operation)

    async def __call__(self, request: Request) -> Response:
        """Answer one request, and count it where the route has a limit of its own."""
        requests.reached(f"{request.method} {self._route.path}")
        requests.runs(self._route.operation)
        visit = Visit.of(request)
        admission = await self._counted(request, visit)
        if self._route.files and is_form(request):  # what is named by an upload id was counted when that was made
            await visit.count("upload")
        if self._route.failures is None:
            return await self._answer(request, visit, admission)
        async with visit.failures(self._route.failures):
            if not self._counts_later:
                await visit.risk(self._route.failures)
            return await self._answer(request, visit)

    async def _counted(self, request: Request, visit: Visit) -> Admission | None:
        """Count one request as early as it must be; the admission of one that the change which it makes will count."""
        route = self._route
        if not route.writes or route.files:
            if not self._counts_later:  # with the same round trip that looks for what is kept
                await visit.admit()
        elif route.failures or idempotency.named(request):  # it changes more than rows, or claims its key before
            await visit.begin()  # while its body is read
        else:
            return await visit.changing()
        return None

    async def _answer(self, request: Request, visit: Visit, admission: Admission | None = None) -> Response:
        """Answer one request; the order of checks is the contract's: 401, CSRF, 404, 403, 400."""
        gateway, route = self._gateway, self._route
        identity = visit.identity
        if identity is None:
            raise Unauthorized("No authentication token provided")
        if route.writes and identity.by_cookie:
            csrf.check(request, gateway.settings)
        context = gateway.context(identity.caller, visit.count)
        try:
            bound = await self._binding.bound(request, context.staged)
        except Problem as wrong:
            raise await self._refusal(wrong, request, context) from None
        if not route.writes:
            return await self._read(request, visit, bound, context)
        context.admission = admission
        if admission is None:
            await visit.admit()

        async def perform() -> Response:
            answer = await self._enveloped(request, bound, context)
            # The tag, so that a client can go on changing what it changed.
            headers = {"etag": answer.tag} if answer.versioned else None
            return Response(timed(answer.frame()), route.status, headers, media_type="application/json")

        return await idempotency.once(request, context, [route.operation, bound.variables], perform)

    async def _read(self, request: Request, visit: Visit, bound: Bound, context: Context) -> Response:
        """Answer a read: from what is kept, or not at all where the client still holds it."""
        route, answers = self._route, self._gateway.answers
        place = answers.place(self._operation, bound.variables, context.user_id, "rest")
        if place is None:
            await (visit.risk(route.failures) if route.failures else visit.begin())
        if route.redirect and request.query_params.get("format") != "json":
            return _elsewhere(route.redirect, await self._executed(request, bound, context))

        async def make() -> bytes:
            answer = await self._enveloped(request, bound, context)
            return answer.tag.encode() + b"\n" + answer.frame()

        headers = {"cache-control": PRIVATE}
        if place:
            look = await visit.look(place.key, route.failures)
            content, headers[answers.HEADER] = await answers.read(look, place, make)
            tag, _, frame = content.partition(b"\n")
            headers["etag"] = tag.decode()
        else:
            answer = await self._enveloped(request, bound, context)
            headers["etag"], frame = answer.tag, answer.frame()
        if conditions.holds(request.headers.get("if-none-match"), headers["etag"]):
            return Response(None, 304, headers)
        return Response(timed(frame), route.status, headers, media_type="application/json")

    async def _enveloped(self, request: Request, bound: Bound, context: Context) -> Envelope:
        """The result of the route's operation, as `_executed` has it, in its envelope."""
        result = await self._executed(request, bound, context)
        return envelope(self._route, result.data or {}, aliases=self._gateway.settings.legacy_aliases)

    async def _executed(self, request: Request, bound: Bound, context: Context) -> ExecutionResult:
        """The result of the route's operation.

        Raises:
            Problem: it has errors.
        """
        result = await execute(self._operation, bound.variables, context)
        if result.errors:
            raise await self._failure(result, bound, request, context)
        return result

    async def _failure(self, result: ExecutionResult, bound: Bound, request: Request, context: Context) -> Problem:
        """What went wrong with an operation: wrong variables, or an error of a resolver."""
        errors = result.errors or []
        if errors[0].path is None and (wrong := self._binding.wrong(bound)):
            return await self._refusal(problem(ValidationFailed(*wrong)), request, context)
        cause = errors[0].original_error
        return self._binding.told(cause, bound) if isinstance(cause, AppError) else problem(errors[0])

    async def _refusal(self, wrong: Problem, request: Request, context: Context) -> Problem:
        """`wrong`, unless what the path names is missing or somebody else's, which comes first."""
        if self._guard is None:
            return wrong
        found = await execute(self._guard, self._binding.path(request), context)
        return problem(found.errors[0]) if found.errors else wrong


def _elsewhere(field: str, result: ExecutionResult) -> Response:
    """An answer that leads to the URL in a field of the payload; nobody is to keep it, since the URL is good for a while only."""
    return RedirectResponse((result.data or {})["data"][field], 302, {"cache-control": "no-store"})


class Path:
    """All that one path serves: an ASGI application that chooses by method."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self._handlers = handlers | ({"HEAD": handlers["GET"]} if "GET" in handlers else {})
        self._allowed = ", ".join(sorted([*self._handlers, "OPTIONS"]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Raises:
            Problem: METHOD_NOT_ALLOWED, with the methods that are.
        """
        request = Request(scope, receive)
        if request.method == "OPTIONS":  # without what makes it a preflight, which the edge answers
            await Response(None, 204, {"allow": self._allowed})(scope, receive, send)
            return
        handler = self._handlers.get(request.method)
        if handler is None:
            sentence = f"{request.method} is not allowed here, only {self._allowed}"
            refuse("METHOD_NOT_ALLOWED", sentence, Allow=self._allowed)
        response = await handler(request)
        await response(scope, receive, send)
