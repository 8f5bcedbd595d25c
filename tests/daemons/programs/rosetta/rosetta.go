// Package rosetta stands for the module of this name, which the Go module proxy does not give out. It tells whether
// a Mac emulates the processor, which Linux never does.
package rosetta

import "runtime"

// Enabled is whether the program's code is translated.
func Enabled() bool { return false }

// NativeArch is the processor's name.
func NativeArch() string { return runtime.GOARCH }
