"""Routes of those who watch what is spent."""

from fastapi import APIRouter

from codemie.identity import spend_collection
from codemie.identity.access import SuperuserDep
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.identity.spending_schemas import Collected, SpendCollected

router = APIRouter(prefix="/v1/admin/spend-tracking", tags=["projects"])


@router.post("/collect")
async def collect_spending(caller: SuperuserDep, identity: IdentityDep) -> SpendCollected:
    """Add up what projects spent since the last time."""
    rows = await spend_collection.collect(identity.database, caller, enabled=identity.settings.spend_tracking)
    return SpendCollected(message="Spend collection completed", data=Collected(rows_inserted=rows))
