#include "analyzer/dockerfile/env.h"
