#include "analyzer/dockerfile/mount.h"
