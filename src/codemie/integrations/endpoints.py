"""Routes of the integrations room. Literal paths stand before those with an id."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from codemie.identity.access import superuser
from codemie.identity.authentication import CallerDep
from codemie.integrations import forms, service, transfer, trial
from codemie.integrations.filters import SettingFilters
from codemie.integrations.runtime import RoomDep, VaultDep
from codemie.integrations.schemas import (
    Creator,
    DiagnosedTest,
    IntegrationTypes,
    Scope,
    Setting,
    SettingDetail,
    SettingPage,
    SettingRequest,
    Tested,
    TestRequest,
    TransferRequest,
    TransferResponse,
)
from codemie.integrations.tables import Integration
from codemie.kernel.database import DatabaseDep, SessionDep
from codemie.kernel.http import Message, PageNumber, PageSize, read_filters

router = APIRouter(prefix="/v1/settings", tags=["integrations"])

_FILTERS = Query(description='JSON object, for example {"type":"Git","search":"platform"}.')


@router.get("/types")
async def list_types(_caller: CallerDep, room: RoomDep) -> IntegrationTypes:
    """Every type of credential with the fields of its form."""
    return IntegrationTypes(types=forms.types(), egress_ip=await room.address.current())


@router.get("/user/available")
async def list_usable(session: SessionDep, caller: CallerDep, scope: str | None = None) -> list[Setting]:
    return await service.usable(session, caller, scope)


@router.get("/project/users")
async def list_creators(session: SessionDep, caller: CallerDep) -> list[Creator]:
    return await service.creators(session, caller)


@router.post("/transfer", dependencies=[Depends(superuser)])
async def transfer_settings(
    session: SessionDep, caller: CallerDep, vault: VaultDep, body: TransferRequest
) -> TransferResponse:
    return await transfer.transfer(session, caller, vault, body)


@router.post("/test/")
@router.post("/test", include_in_schema=False)
async def test_setting(database: DatabaseDep, caller: CallerDep, room: RoomDep, body: TestRequest) -> Tested:
    room.tests.spend(caller.id)
    await trial.confirm(database, caller, room, body)
    return Tested()


@router.post("/diagnose")
async def diagnose_setting(database: DatabaseDep, caller: CallerDep, room: RoomDep, body: TestRequest) -> DiagnosedTest:
    """The same, with every step on the way; a failure is an answer here, not an error."""
    room.tests.spend(caller.id)
    return await trial.diagnose(database, caller, room, body)


def _credentials_of(scope: Scope) -> APIRouter:
    """The routes of one scope; both are alike, but for who may do what."""
    routes = APIRouter()

    async def changeable(session: SessionDep, caller: CallerDep, setting_id: str) -> Integration:
        """Before the body is looked at: what is wrong with it is nobody's business who may not send it."""
        return await service.changeable(session, caller, scope, setting_id, "write")

    @routes.get("")
    async def list_settings(
        session: SessionDep,
        caller: CallerDep,
        filters: Annotated[str | None, _FILTERS] = None,
        page: PageNumber = 0,
        per_page: PageSize = 10,
    ) -> SettingPage:
        wanted = read_filters(filters, SettingFilters)
        return await service.list_settings(session, caller, scope, wanted, page=page, per_page=per_page)

    @routes.post("")
    async def create_setting(session: SessionDep, caller: CallerDep, vault: VaultDep, body: SettingRequest) -> Message:
        await service.create(session, caller, vault, scope, body)
        return Message(message="Specified credentials saved")

    @routes.get("/{setting_id}")
    async def show_setting(session: SessionDep, caller: CallerDep, setting_id: str) -> SettingDetail:
        return await service.detail(session, caller, scope, setting_id)

    @routes.put("/{setting_id}")
    async def change_setting(
        session: SessionDep,
        caller: CallerDep,
        room: RoomDep,
        row: Annotated[Integration, Depends(changeable)],
        body: SettingRequest,
    ) -> Message:
        await service.change(session, caller, room.vault, row, body, room.withdrawals)
        return Message(message="Specified credentials updated")

    @routes.delete("/{setting_id}")
    async def delete_setting(session: SessionDep, caller: CallerDep, room: RoomDep, setting_id: str) -> Message:
        await service.remove(session, caller, scope, setting_id, room.withdrawals)
        return Message(message="Specified credential removed")

    return routes


for _scope in ("user", "project"):
    router.include_router(_credentials_of(_scope), prefix=f"/{_scope}")
