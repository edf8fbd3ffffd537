#include "ctxopt/cli/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/** Work that ends sooner shows no bar: a flash of text is worse than none. */
#define FIRST_BAR_MS 300
/** Time between two drawings of a bar, and between two plain lines. */
#define BAR_MS 100
#define PLAIN_MS 2000
/** Columns of the bar itself. */
#define BAR_COLUMNS 24

/** Append what was done so far: "reading: 12,345 entries, 1.2 GB". */
static void describe(const struct progress *p, struct ctx_buf *text) {
	// Relaxed: the numbers are for a person, and nothing else is read because of them
	uint64_t entries = atomic_load_explicit(&p->counters.entries, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&p->counters.bytes, memory_order_relaxed);
	char count[32], human[CTX_HUMAN_MAX];
	ctx_buf_addf(text, "%s: %s %s, %s", p->phase, ctx_grouped(count, entries), entries == 1 ? "entry" : "entries",
		ctx_human_bytes(human, bytes));
}

/** Redraw the bar. */
static void draw_bar(struct progress *p) {
	uint64_t bytes = atomic_load_explicit(&p->counters.bytes, memory_order_relaxed);
	uint64_t expected = atomic_load_explicit(&p->counters.expected_bytes, memory_order_relaxed);
	ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
	ctx_buf_adds(&line, "\r\033[K");
	if (expected > 0) {
		double share = bytes < expected ? (double)bytes / (double)expected : 1.0;
		int full = (int)(share * BAR_COLUMNS);
		ctx_buf_addf(&line, "[%.*s%*s] %3d%% ", full, "########################", BAR_COLUMNS - full, "",
			(int)(share * 100));
	}
	describe(p, &line);
	p->drawn = ctx_write_all(STDERR_FILENO, ctx_buf_str(&line), line.len) == 0 || p->drawn;
}

/** Print a plain line. */
static void print_plain(const struct progress *p) {
	ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
	describe(p, &line);
	cmd_note("%s", ctx_buf_str(&line));
}

/** `ms` from now, on the clock of the condition. */
static struct timespec after_ms(long ms) {
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += ms % 1000 * 1000000;
	at.tv_sec += ms / 1000 + at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

/** The thread: draw, sleep, until the work is done. */
static void *show(void *arg) {
	struct progress *p = arg;
	struct timespec at = after_ms(p->bar ? FIRST_BAR_MS : PLAIN_MS);
	pthread_mutex_lock(&p->lock);
	while (!p->done) {
		if (pthread_cond_timedwait(&p->done_cond, &p->lock, &at) == ETIMEDOUT && !p->done) {
			if (p->bar) {
				draw_bar(p);
			} else {
				print_plain(p);
			}
			at = after_ms(p->bar ? BAR_MS : PLAIN_MS);
		}
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/** Start the thread; without one the work goes on unseen. */
static void start_thread(struct progress *p) {
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->done_cond, &attr);
	pthread_condattr_destroy(&attr);

	// Signals are for the main thread
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	p->running = pthread_create(&p->thread, NULL, show, p) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void progress_start(struct progress *p, const struct cmd_common *common, const char *phase) {
	*p = (struct progress){ .phase = phase };
	bool plain = common->progress == CMD_PROGRESS_PLAIN;
	const char *term = getenv("TERM");
	p->bar = common->progress == CMD_PROGRESS_AUTO && !common->quiet && isatty(STDERR_FILENO) &&
		(term == NULL || strcmp(term, "dumb") != 0);
	if (p->bar || plain) {
		start_thread(p);
	}
}

void progress_stop(struct progress *p) {
	if (!p->running) {
		return;
	}
	pthread_mutex_lock(&p->lock);
	p->done = true;
	pthread_cond_signal(&p->done_cond);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->done_cond);
	pthread_mutex_destroy(&p->lock);
	p->running = false;
	if (!p->bar) {
		print_plain(p);
	} else if (p->drawn) {
		static const char wipe[] = "\r\033[K";
		p->drawn = ctx_write_all(STDERR_FILENO, wipe, sizeof(wipe) - 1) != 0;
	}
}
