#include "analyzer/dockerfile/platform.h"
