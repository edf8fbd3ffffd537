#include "analyzer/dockerfile/words.h"
