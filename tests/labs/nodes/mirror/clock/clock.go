// In the place of the runtime's timeasm.go: what programs take for the time is what the machine's clock shows, and what
// the file /.clock says on top of it. Its first eight bytes are a number of seconds; a program that begins where
// there is no such file goes by the machine's clock alone. The file is mapped, so that a new number counts at once.

//go:build !faketime && (windows || (linux && amd64))

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

var (
	clockFile  = [...]byte{'/', '.', 'c', 'l', 'o', 'c', 'k', 0}
	clockBytes int64
	clockAhead *int64
)

func init() {
	const readable, shared, page = 1, 1, 4096
	file := open(&clockFile[0], 0, 0)
	if file < 0 {
		return
	}
	if read(file, unsafe.Pointer(&clockBytes), 8) == 8 {
		if mapped, err := mmap(nil, page, readable, shared, file, 0); err == 0 {
			clockAhead = (*int64)(mapped)
		}
	}
	closefd(file)
}

// What is time.now elsewhere; overlay.sh names it so.
func machineNow() (sec int64, nsec int32, mono int64)

//go:linkname time_now time.now
func time_now() (sec int64, nsec int32, mono int64) {
	sec, nsec, mono = machineNow()
	if clockAhead != nil {
		sec += atomic.Loadint64(clockAhead)
	}
	return sec, nsec, mono
}
