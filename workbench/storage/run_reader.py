"""Makes one run of the rows of a session file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from workbench.core.errors import SettingsError
from workbench.core.events import Checkpoint, Picture
from workbench.core.landscape import Landscape
from workbench.core.plan import Plan
from workbench.core.run import Run, RunState
from workbench.storage import histories, insights
from workbench.storage.blobs import LANDSCAPE, NOTICES, PICTURE, STATE, WEIGHTS
from workbench.storage.content import BlobKey, Content, newest
from workbench.storage.damage import Damage
from workbench.storage.facts import CheckpointFacts, RunFacts
from workbench.storage.histories import ColumnsLayout, RatesLayout
from workbench.storage.insights import ActivityLayout, LandscapeFacts
from workbench.storage.jsontext import loads
from workbench.storage.marks import BlobMark, RunMark, SeriesMark
from workbench.storage.pictures import PictureFacts, unpack
from workbench.storage.records import build
from workbench.storage.spans import Spans, assemble

L = TypeVar("L", ColumnsLayout, RatesLayout, ActivityLayout)
T = TypeVar("T")


def read_plan(text: str) -> Plan:
    """Read settings written by `Plan.model_dump_json`.

    Raises:
        ValueError, SettingsError: where they are not valid here.
    """
    loads(text)  # stricter about the text itself than pydantic is
    return Plan.from_json(text)


def blob_marks(
    content: Content, number: int, kept: Mapping[str, object]
) -> dict[str, BlobMark]:
    """Mark the newest generation of each blob with what was read of it."""
    found = {name: content.generations(number, name) for name in kept}
    return {
        name: BlobMark(kept[name], generations[0])
        for name, generations in found.items()
        if generations
    }


class RunReader:
    """Reads one run; what is damaged or makes no sense is named and left out."""

    def __init__(self, content: Content, number: int, damage: Damage) -> None:
        self._content = content
        self._number = number
        self._damage = damage
        self.checkpoints: dict[int, Checkpoint] = {}  # by generation, those that are sound
        self._series: dict[str, SeriesMark] = {}
        self._facts: RunFacts

    def read(self) -> Run | None:
        """Return the run; None where its facts or settings are lost."""
        if self._number not in self._content.runs:
            self._add("cannot be shown: its settings and facts are lost")
            return None
        facts_text, plan_text = self._content.runs[self._number]
        try:
            facts = self._facts = RunFacts.from_values(loads(facts_text))
            self._damage.name_run(self._number, facts.name)
            run = facts.apply_to(read_plan(plan_text))
        except (ValueError, SettingsError) as error:
            self._add(f"cannot be shown: {str(error)[:300]}")
            return None
        self._fill(run)
        return run

    def mark(self, run: Run) -> RunMark:
        """Say what of the run that was read is where in the file."""
        kept = {
            NOTICES: tuple(run.notices),
            PICTURE: run.picture,
            LANDSCAPE: run.history.landscape,
        }
        return RunMark(
            number=self._number,
            facts=self._facts,
            plan=run.plan,
            history=run.history,
            close_up=run.history.close_up,
            series=self._series,
            blobs=blob_marks(self._content, self._number, kept),
            checkpoints=self.checkpoints,
        )

    def _fill(self, run: Run) -> None:
        self._read_series(histories.STEPS, ColumnsLayout, self._steps_into(run))
        self._read_series(histories.EPOCHS, ColumnsLayout, self._epochs_into(run))
        self._read_series(histories.RATES, RatesLayout, self._rates_into(run))
        self._read_insights(run)
        run.notices = self._newest(NOTICES, self._notices) or []
        run.picture = self._newest(PICTURE, self._picture)
        run.checkpoints = self._all_checkpoints()
        if not run.state.is_over:
            run.state = RunState.STOPPED
            run.message = f"was under way when it was saved, at step {run.num_steps:,}"

    def _read_insights(self, run: Run) -> None:
        """Read what not every run has."""
        history = run.history
        history.landscape = self._newest(LANDSCAPE, self._landscape)

        def activity(layout: ActivityLayout, spans: Spans) -> None:
            rows = spans.joined(layout.width)
            insights.read_activity(history.activity, layout, rows)

        def path(layout: ColumnsLayout, spans: Spans) -> None:
            insights.read_path(history.path, layout, spans.joined(layout.width))

        def close_up(layout: RatesLayout, spans: Spans) -> None:
            rows = spans.joined(layout.width)
            histories.read_rates(history.close_up, layout, rows)

        if (self._number, insights.CLOSE_UP) in self._content.series:
            self._read_series(insights.CLOSE_UP, RatesLayout, close_up)
        if (self._number, insights.ACTIVITY) in self._content.series:
            self._read_series(insights.ACTIVITY, ActivityLayout, activity)
        if (self._number, insights.PATH) in self._content.series:
            self._read_series(insights.PATH, ColumnsLayout, path)

    def _steps_into(self, run: Run) -> Callable[[ColumnsLayout, Spans], None]:
        def fill(layout: ColumnsLayout, spans: Spans) -> None:
            rows = spans.filled(layout.width, self._content.size)
            histories.read_steps(run.history.steps, layout, rows)

        return fill

    @staticmethod
    def _epochs_into(run: Run) -> Callable[[ColumnsLayout, Spans], None]:
        def fill(layout: ColumnsLayout, spans: Spans) -> None:
            rows = spans.joined(layout.width)
            histories.read_epochs(run.history.epochs, layout, rows)

        return fill

    @staticmethod
    def _rates_into(run: Run) -> Callable[[RatesLayout, Spans], None]:
        def fill(layout: RatesLayout, spans: Spans) -> None:
            rows = spans.joined(layout.width)
            histories.read_rates(run.history.rates, layout, rows)

        return fill

    def _read_series(
        self, name: str, kind: type[L], fill: Callable[[L, Spans], None]
    ) -> None:
        """Let `fill` take in what is sound of a series."""
        key = self._number, name
        chunks = self._content.chunks.pop(key, {})
        if key not in self._content.series:
            self._add(f"its {name} are lost")
            return
        text, count = self._content.series[key]
        try:
            layout = build(kind, loads(text))
            spans = assemble(chunks.values(), count, layout.width)
            fill(layout, spans)
            next_seq = self._content.next_seq.get(key, 0)
            self._series[name] = SeriesMark(layout, count, next_seq, count)
        except ValueError as error:
            self._add(f"its {name} cannot be read: {str(error)[:200]}")
            return
        for start, stop in spans.missing:
            self._add(f"rows {start + 1:,} to {stop:,} of its {name} are lost")

    def _newest(self, name: str, make: Callable[[BlobKey], T]) -> T | None:
        return newest(self._content, (self._number, name), make, self._damage)

    def _notices(self, key: BlobKey) -> list[str]:
        _, data = self._content.blob(key)
        notices = loads(data.decode())
        if not isinstance(notices, list) or not all(isinstance(n, str) for n in notices):
            raise ValueError("they are no list of texts")
        return notices

    def _picture(self, key: BlobKey) -> Picture:
        facts, data = self._content.blob(key)
        return unpack(build(PictureFacts, facts), data)

    def _landscape(self, key: BlobKey) -> Landscape:
        facts, data = self._content.blob(key)
        return insights.unpack_landscape(build(LandscapeFacts, facts), data)

    def _all_checkpoints(self) -> tuple[Checkpoint, ...]:
        """Return those that are sound, in order of their steps; name the others."""
        for generation in self._content.generations(self._number, WEIGHTS):
            key = self._number, WEIGHTS, generation
            try:
                self.checkpoints[generation] = self._checkpoint(key)
            except ValueError as error:
                self._add(f"weights {generation} cannot be read: {error}")
        return tuple(sorted(self.checkpoints.values(), key=lambda found: found.step))

    def _checkpoint(self, key: BlobKey) -> Checkpoint:
        """Put weights and state of the same generation together."""
        facts, weights = self._content.blob(key)
        state_facts, state = self._content.blob((key[0], STATE, key[2]))
        place = build(CheckpointFacts, facts)
        if place != build(CheckpointFacts, state_facts):
            raise ValueError("weights and state are of different steps")
        text = state.decode("utf-8", "surrogatepass")
        return Checkpoint(place.step, place.epoch, weights, text)

    def _add(self, text: str) -> None:
        self._damage.add(text, self._number)
