"""Users of an emulated Cognito, asked over the wire, with faults in between (PRD 4.1.4, 4.8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from gateway.dev.process import free_port
from services.aws import Aws, Unavailable
from services.identity import Identity, UnknownUser
from tests.gateway.pool import BROKEN, THROTTLED, Pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.dev.aws import Aws as Server
    from tests.gateway.pool import Fault

READ, WRITE = "AdminGetUser", "AdminUpdateUserAttributes"


@pytest.fixture
async def identity(pool: Pool, aws: Server) -> AsyncIterator[Identity]:
    identity = Identity(Aws(aws.region, pool.url), aws.pool_id)
    yield identity
    await identity.close()


@pytest.fixture
def carol(aws: Server) -> str:
    return aws.users["carol"].sub


async def test_attributes_are_read_by_sub(identity: Identity, aws: Server, carol: str) -> None:
    attributes = await identity.attributes(carol)
    assert attributes["sub"] == carol
    assert attributes["email"] == aws.users["carol"].email


async def test_a_user_that_the_pool_does_not_know(identity: Identity, pool: Pool) -> None:
    with pytest.raises(UnknownUser):
        await identity.attributes("00000000-0000-4000-8000-000000000000")
    with pytest.raises(UnknownUser):
        await identity.change("00000000-0000-4000-8000-000000000000", {"name": "Nobody"})
    assert pool.asked == [READ, WRITE]


@pytest.mark.prd("4.8.2")
@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, "cut", (503, "ServiceUnavailable")])
async def test_a_read_survives_two_faults(identity: Identity, pool: Pool, carol: str, fault: Fault) -> None:
    pool.faults = [fault, fault]
    assert (await identity.attributes(carol))["sub"] == carol
    assert pool.asked == [READ] * 3


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, "cut"])
async def test_a_third_fault_is_unavailability(identity: Identity, pool: Pool, carol: str, fault: Fault) -> None:
    pool.faults = [fault] * 3
    with pytest.raises(Unavailable):
        await identity.attributes(carol)
    assert pool.asked == [READ] * 3


@pytest.mark.prd("4.8.3")
async def test_a_refusal_is_told_at_once(identity: Identity, pool: Pool, carol: str) -> None:
    pool.faults = [(400, "NotAuthorizedException")]
    with pytest.raises(ClientError):
        await identity.attributes(carol)
    assert pool.asked == [READ]


async def test_a_write_is_repeated_where_it_cannot_have_happened(identity: Identity, pool: Pool, carol: str) -> None:
    pool.faults = [THROTTLED, THROTTLED]
    await identity.change(carol, {"name": "Carol Brick"})
    assert pool.asked == [WRITE] * 3
    assert (await identity.attributes(carol))["name"] == "Carol Brick"


@pytest.mark.parametrize("fault", [BROKEN, "cut"])
async def test_a_write_that_may_have_happened_is_not_repeated(
    identity: Identity, pool: Pool, carol: str, fault: Fault
) -> None:
    pool.faults = [fault]
    with pytest.raises(Unavailable):
        await identity.change(carol, {"name": "Carol Stud"})
    assert pool.asked == [WRITE]


async def test_a_pool_that_is_away_is_unavailable(aws: Server, carol: str) -> None:
    away = Identity(Aws(aws.region, f"http://127.0.0.1:{free_port()}"), aws.pool_id)
    with pytest.raises(Unavailable):
        await away.attributes(carol)
    with pytest.raises(Unavailable):
        await away.change(carol, {"name": "x"})
    await away.close()
