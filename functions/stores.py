"""The stores of one tenant, each built when it is first used."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from shared.config import Settings, load_settings
from shared.dynamo.keys import Keys
from shared.ports import (
    BoundaryStore,
    CampaignStore,
    Chance,
    Clock,
    QuotaStore,
    RecipientStore,
    Schedule,
)
from shared.system import SystemChance, SystemClock
from shared.usecases.account_ports import AccountStore
from shared.usecases.audit_ports import HistoryStore
from shared.usecases.crew import Crew
from shared.usecases.edit_ports import DraftStore
from shared.usecases.erasure_ports import Eraser, ErasureStore
from shared.usecases.evidence_ports import EvidenceStore
from shared.usecases.executor_ports import ContactStore
from shared.usecases.import_ports import ImportStore
from shared.usecases.live_ports import Connections, Entrance
from shared.usecases.order_ports import OrderStore
from shared.usecases.pace import PaceStore
from shared.usecases.search_ports import RecipientSearch
from shared.usecases.sender_ports import SenderStore
from shared.usecases.suppression_ports import SuppressionStore
from shared.usecases.update_ports import NumberStore, UnusedStore


class Stores:
    """What is kept in DynamoDB. All are the tenant's own but `schedule` and `entrance`."""

    def __init__(self, environment: Mapping[str, str], tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self._environment = environment
        self._keys = Keys(tenant_id)
        self.clock: Clock = SystemClock()
        self.chance: Chance = SystemChance()

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self._environment)

    @cached_property
    def campaigns(self) -> CampaignStore:
        from shared.dynamo.campaigns import CampaignStore as Store

        return Store(
            self._keys,
            self._dynamodb,
            self._transactor,
            self.clock,
            self._history,
            self.settings.campaigns_table,
        )

    @cached_property
    def drafts(self) -> DraftStore:
        from shared.dynamo.drafts import DraftStore as Store

        table = self.settings.campaigns_table
        return Store(self._keys, self._transactor, self.clock, self._history, table)

    @cached_property
    def history(self) -> HistoryStore:
        """What happened to campaigns, who did it, and why."""
        history: HistoryStore = self._history
        return history

    @cached_property
    def _history(self) -> Any:  # as the other stores need it: they write lines with their changes
        from shared.dynamo.history import HistoryStore as Store

        table = self.settings.campaigns_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, self.chance, table)

    @cached_property
    def recipients(self) -> RecipientStore:
        from shared.dynamo.recipients import RecipientStore as Store

        settings = self.settings
        return Store(
            self._keys,
            self._dynamodb,
            self._transactor,
            self.clock,
            settings.recipients_table,
            settings.campaigns_table,
        )

    @cached_property
    def orders(self) -> OrderStore:
        from shared.dynamo.orders import OrderStore as Store

        settings = self.settings
        return Store(
            self._keys,
            self._transactor,
            self._history,
            settings.campaigns_table,
            settings.recipients_table,
        )

    @cached_property
    def search(self) -> RecipientSearch:
        from shared.dynamo.search import RecipientSearch as Store

        return Store(self._keys, self._dynamodb, self.settings.recipients_table)

    @cached_property
    def boundaries(self) -> BoundaryStore:
        from shared.dynamo.boundaries import BoundaryStore as Store

        settings = self.settings
        return Store(
            self._keys,
            self._dynamodb,
            self._transactor,
            self._history,
            settings.campaigns_table,
            settings.recipients_table,
            settings.whatsapp_table,
        )

    @cached_property
    def quota(self) -> QuotaStore:
        from shared.dynamo.quota import QuotaStore as Store

        settings = self.settings
        return Store(self._keys, self._dynamodb, settings.whatsapp_table, settings.campaigns_table)

    @cached_property
    def senders(self) -> SenderStore:
        from shared.dynamo.senders import SenderStore as Store

        table = self.settings.whatsapp_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, table)

    @cached_property
    def contacts(self) -> ContactStore:
        from shared.dynamo.contacts import ContactStore as Store

        table = self.settings.whatsapp_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, table)

    @cached_property
    def suppressions(self) -> SuppressionStore:
        from shared.dynamo.suppressions import SuppressionStore as Store

        table = self.settings.whatsapp_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, table)

    @cached_property
    def numbers(self) -> NumberStore:
        """Whose a number is; not this tenant's alone."""
        from shared.dynamo.numbers import NumberStore as Store

        return Store(self._dynamodb, self.settings.whatsapp_table)

    @cached_property
    def unused(self) -> UnusedStore:
        from shared.dynamo.unused import UnusedStore as Store

        return Store(self._keys, self._dynamodb, self.clock, self.settings.whatsapp_table)

    @cached_property
    def accounts(self) -> AccountStore:
        """Meta's accounts; not this tenant's alone."""
        from shared.dynamo.accounts import AccountStore as Store

        table = self.settings.whatsapp_table
        return Store(self._dynamodb, self._transactor, self.clock, table)

    @cached_property
    def erasures(self) -> ErasureStore:
        from shared.dynamo.erasures import ErasureStore as Store

        table = self.settings.campaigns_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, self.chance, table)

    @cached_property
    def pace(self) -> PaceStore:
        from shared.dynamo.pace import PaceStore as Store

        return Store(self._keys, self._dynamodb, self.settings.whatsapp_table)

    def crew(self) -> Crew:
        """A new crew for one worker."""
        from shared.threads import ThreadCrew

        return ThreadCrew(self.settings.send_concurrency)

    @cached_property
    def imports(self) -> ImportStore:
        from shared.dynamo.imports import ImportStore as Store

        table = self.settings.campaigns_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, self._history, table)

    @cached_property
    def evidence(self) -> EvidenceStore:
        from shared.dynamo.evidence import EvidenceStore as Store

        settings = self.settings
        return Store(
            self._keys,
            self._dynamodb,
            self._transactor,
            settings.campaigns_table,
            settings.recipients_table,
            settings.whatsapp_table,
        )

    @cached_property
    def eraser(self) -> Eraser:
        from shared.dynamo.eraser import Eraser as Store

        settings = self.settings
        return Store(
            self._keys,
            self._dynamodb,
            self._transactor,
            self.clock,
            self._history,
            settings.campaigns_table,
            settings.recipients_table,
            settings.whatsapp_table,
        )

    @cached_property
    def connections(self) -> Connections:
        """Who listens to what happens to the tenant's campaigns."""
        from shared.dynamo.connections import Connections as Store

        table = self.settings.whatsapp_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, table)

    @cached_property
    def entrance(self) -> Entrance:
        """How anybody comes to listen."""
        from shared.dynamo.connections import Entrance as Store

        return Store(self._dynamodb, self.settings.whatsapp_table)

    @cached_property
    def schedule(self) -> Schedule:
        from shared.dynamo.schedule import Schedule as Store

        return Store(self._dynamodb, self.settings.campaigns_table)

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.Session()

    @cached_property
    def _dynamodb(self) -> Any:
        from shared.dynamo.client import dynamodb_client

        return dynamodb_client(self._session)

    @cached_property
    def _transactor(self) -> Any:
        from shared.dynamo.transaction import Transactor

        return Transactor(self._dynamodb, self.clock, self.chance)
