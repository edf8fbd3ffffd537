"""The part history: a simulation of thousands of builds, beside git which tells what each commit changed."""

from gitrepos import History, histories, made_up
from harness import NOT_SLOWER, Bench, Command, Row, Skip, Target, paired_ratio, shell, show_ratio

COMMITS, QUICK_COMMITS = 5000, 300
#: Bytes that a simulation may use of its own
MEMORY = 200_000_000


def part_history(bench: Bench) -> list[Row]:
    """Simulate the history of real repositories, or in a quick run of one that is made up."""
    if bench.quick:
        path = made_up(bench, "history-quick", 2000, QUICK_COMMITS)
        return compare_history(bench, History("made up, 2,000 files", path, path, "main", str(path / "Dockerfile")), QUICK_COMMITS)
    rows = [row for history in histories(bench, COMMITS) for row in compare_history(bench, history, COMMITS)]
    if not rows:
        raise Skip("none of the repositories is here")
    return rows


def compare_history(bench: Bench, history: History, commits: int) -> list[Row]:
    """One of them."""
    def ours(jobs: int) -> Command:
        return Command(bench, f"ctxopt simulate -j{jobs}", [
            bench.ctxopt, "simulate", "--commits", str(commits), "--first-parent", f"-j{jobs}", "--context", history.context,
            "-f", history.dockerfile, history.revision])

    def git(*words: str, note: str = "") -> Command:
        name = " ".join(["git log --raw -m --first-parent", *words])
        argv = ["git", "-C", history.repository, "log", "--raw", "-m", "--first-parent", "-n", str(commits), *words, history.revision]
        return Command(bench, name, argv, note)

    two, one = ours(2), ours(1)
    contenders = [two, one, git(note="also looks for renames"), git("--no-renames")]
    targets = {one.name: Target(1.6), **{peer.name: NOT_SLOWER for peer in contenders[2:]}}
    pair = shell(bench, f"two of {one.name}, at the same time", '"$@" & "$@"; wait', *one.argv)
    work = f"{history.title}: {commits:,} commits"
    rows = bench.compare("history", work, contenders + [pair], targets)
    rows += memory_rows(bench, work, contenders, rows)
    if pair.samples:
        gain = show_ratio(2 * paired_ratio(one.seconds(), pair.seconds()))
        rows.append(Row("history", work, "what two CPUs do more than one here, by those two programs", gain))
    return rows


def memory_rows(bench: Bench, work: str, contenders: list[Command], rows: list[Row]) -> list[Row]:
    """Look at the memory of each, note it in its row, and compare that of ctxopt with what is allowed."""
    own = []
    for contender, row in zip([contender for contender in contenders if contender.samples], rows):
        memory = bench.memory(contender.argv)
        row.memory = memory.shown()
        own += [(memory.anonymous, contender.name)] if contender in contenders[:2] else []
    most, name = max(own)
    return [Row("history", work, f"memory of its own, {name}", f"{most / 1e6:.0f} MB", f"< {MEMORY / 1e6:.0f} MB", most < MEMORY)]
