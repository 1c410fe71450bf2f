"""graphql-core's Executor, which holds itself: by methods of its own that it keeps for resolvers."""

from __future__ import annotations

from graphql import GraphQLResolveInfoHelpers, execution


class Executor(execution.Executor[None]):
    """One that goes when its operation ends, with the context and all that was loaded; the other one waits for the garbage collector."""

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """What resolvers find as `info.async_helpers`, made for each of them."""
        return GraphQLResolveInfoHelpers(self.gather_async_work, self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, _: GraphQLResolveInfoHelpers) -> None:
        """Keep nothing of what its maker would keep."""
