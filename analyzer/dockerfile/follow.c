#include "analyzer/dockerfile/follow.h"
