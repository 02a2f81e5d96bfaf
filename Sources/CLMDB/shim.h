#pragma once
#include <lmdb.h>
// For statfs: Swift's Glibc leaves it out, and LMDB must know that its disk is a local one.
#include <sys/vfs.h>
