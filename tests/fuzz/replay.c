/**
 * Replay a corpus through a fuzz target in the normal test run: one TAP line per file.
 *
 *     fuzz_NAME PATH...
 *
 * A PATH is a file or a directory whose files are replayed in the order of their names.  The fuzzers' own driver
 * replaces this file when the build is configured with -Dfuzzer=true.  A crash ends the program, and the last line
 * on stderr names the file.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Files replayed so far: the number of the last TAP line. */
static unsigned replayed;

/** Read `path` into exactly as many bytes as it has, so that a sanitizer sees the first read beyond them. */
static uint8_t *read_exact(const char *path, size_t *size) {
	FILE *file = fopen(path, "rb");
	if (!file) {
		return NULL;
	}
	uint8_t *data = NULL;
	long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
	if (end >= 0 && fseek(file, 0, SEEK_SET) == 0) {
		*size = (size_t)end;
		data = malloc(*size > 0 ? *size : 1);
		if (data && fread(data, 1, *size, file) != *size) {
			free(data);
			data = NULL;
		}
	}
	(void)fclose(file);
	return data;
}

/** Replay one file; false when it cannot be read. */
static bool replay_file(const char *path) {
	size_t size = 0;
	uint8_t *data = read_exact(path, &size);
	if (!data) {
		printf("Bail out! cannot read %s: %s\n", path, strerror(errno));
		return false;
	}
	fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	printf("ok %u - %s\n", ++replayed, path);
	return true;
}

/** Not "." and "..", nor any other hidden file. */
static int is_visible(const struct dirent *entry) {
	return entry->d_name[0] != '.';
}

/** Replay a file, or the files of a directory. */
static bool replay(const char *path) {
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_visible, alphasort);
	if (count < 0) {
		return errno == ENOTDIR && replay_file(path);
	}
	bool ok = true;
	for (int i = 0; i < count; ++i) {
		char child[4096];
		int len = snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name);
		ok = ok && len > 0 && (size_t)len < sizeof(child) && replay(child);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

int main(int argc, char **argv) {
	// Inputs that every parser must stand, with or without a corpus
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("ok %u - empty input\n", ++replayed);

	bool ok = true;
	for (int i = 1; i < argc && ok; ++i) {
		ok = replay(argv[i]);
	}
	printf("1..%u\n", replayed);
	return ok ? 0 : 1;
}
