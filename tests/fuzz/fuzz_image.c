/**
 * Fuzz target: archives of images.  What is read compares equal to itself.
 */
#include "ctxopt/context/image_diff.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	ctx_auto_image struct ctx_image image = { 0 };
	struct ctx_image_diff diff = { 0 };
	int fd = memfd_create("image", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0) {
		abort();
	}
	if (ctx_image_read(&image, fd, NULL, NULL) == 0) {
		if (ctx_image_compare(&diff, &image, &image, &image, NULL) < 0 || !ctx_image_diff_equal(&diff) ||
			diff.itself.count > 0) {
			abort();
		}
		for (size_t i = 1; i < image.paths.count; ++i) {
			if (ctx_image_path_cmp(image.paths.items[i - 1].path, image.paths.items[i].path) >= 0) {
				abort();
			}
		}
	}
	ctx_image_diff_release(&diff);
	close(fd);
	return 0;
}
