/* Preloaded into a node's programs: what they take for the time is what the machine's clock shows, and the seconds that the
   file /.clock says on top of it, as mirror/clock/clock.go has it for programs of Go. systemd and its tools go by the
   machine's clock: the kernel, which wakes systemd's timers and stamps its journal, does. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static const int64_t nothing;
static const volatile int64_t *ahead = &nothing;
static int (*machine_gettime)(clockid_t, struct timespec *);

static int is_systemd(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size, (void)unused;
  return strstr(object->dlpi_name, "/libsystemd-shared-") != NULL;
}

__attribute__((constructor)) static void map(void) {
  machine_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  if (dl_iterate_phdr(is_systemd, NULL)) return;
  int file = open("/.clock", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  if (lseek(file, 0, SEEK_END) >= PAGE) {
    void *mapped = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) ahead = mapped;
  }
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  /* Another library may ask before this one has begun. */
  int failed = machine_gettime ? machine_gettime(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *ahead;
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec found;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &found);
  now->tv_sec = found.tv_sec;
  now->tv_usec = found.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *also) {
  struct timespec found;
  clock_gettime(CLOCK_REALTIME_COARSE, &found);
  if (also) *also = found.tv_sec;
  return found.tv_sec;
}
