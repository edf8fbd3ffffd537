#include "analyzer/dockerfile/select.h"
