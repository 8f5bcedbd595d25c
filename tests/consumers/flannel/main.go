// Reads configurations of flannel, a line each, and says of each what flannel has against it, or nothing.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/flannel-io/flannel/pkg/subnet"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		config, err := subnet.ParseConfig(lines.Text())
		if err == nil {
			err = subnet.CheckNetworkConfig(config)
		}
		if err != nil {
			fmt.Printf("%q\n", err.Error())
		} else {
			fmt.Println(`""`)
		}
	}
}
