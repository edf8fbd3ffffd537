#include "analyzer/dockerfile/dockerfile.h"
