// What upstream's image of calico/node does by runit and shell scripts: it prepares the node, then keeps the services of the
// VXLAN backend running. All of them are calico-node by its flags, which inherit the container's environment.
package main

import (
	"bytes"
	"log"
	"os"
	"os/exec"
	"time"
)

const calicoNode = "/usr/bin/calico-node"

// Where `calico-node -startup` leaves the name that the node goes by.
const nameFile = "/var/lib/calico/nodename"

var services = []string{
	"-complete-startup",
	"-felix",
	"-monitor-addresses",
	"-allocate-tunnel-addrs",
	"-status-reporter",
	"-monitor-token",
}

// What upstream's image has Felix told: else it would send containers that ask for OpenStack's metadata to the node itself,
// and log to files too. Built without C, it also has to leave alone what a BPF dataplane might have left.
var felix = map[string]string{
	"FELIX_METADATAADDR":         "None",
	"FELIX_LOGFILEPATH":          "None",
	"FELIX_LOGSEVERITYFILE":      "None",
	"FELIX_LOGSEVERITYSYS":       "None",
	"FELIX_DebugSkipCTLBCleanup": "true",
}

func main() {
	log.SetFlags(0)
	if backend := os.Getenv("CALICO_NETWORKING_BACKEND"); backend != "vxlan" {
		log.Fatalf("this image has no backend %q, only vxlan", backend)
	}
	must(run("-startup"))
	name, err := os.ReadFile(nameFile)
	must(err)
	must(os.Setenv("NODENAME", string(bytes.TrimSpace(name))))
	must(run("-allocate-tunnel-addrs", "-allocate-tunnel-addrs-run-once"))

	felix["FELIX_FELIXHOSTNAME"] = os.Getenv("NODENAME")
	felix["FELIX_DATASTORETYPE"] = os.Getenv("DATASTORE_TYPE")
	for variable, value := range felix {
		must(os.Setenv(variable, value))
	}
	for _, service := range services {
		go keep(service)
	}
	select {}
}

// keep starts a service again, not more than once a second, whenever it ends.
func keep(service string) {
	for {
		log.Printf("calico-node %s ended: %v", service, run(service))
		time.Sleep(time.Second)
	}
}

func run(flags ...string) error {
	command := exec.Command(calicoNode, flags...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command.Run()
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
