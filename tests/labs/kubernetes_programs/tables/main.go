// What the named program of one Kubernetes version takes, as JSON: flags, feature gates and admission plug-ins.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/sets"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	_ "k8s.io/component-base/logs/json/register"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubeapiserver/options"
)

// A flag's type, and what its program says of it if it is on its way out.
type flag struct {
	Type       string `json:"type"`
	Deprecated string `json:"deprecated,omitempty"`
}

// A gate's default, and the only value that it takes, if there is but one.
type gate struct {
	Default bool   `json:"default"`
	Locked  bool   `json:"locked,omitempty"`
	Stage   string `json:"stage,omitempty"`
}

func flags(set *pflag.FlagSet) map[string]flag {
	found := map[string]flag{}
	set.VisitAll(func(it *pflag.Flag) {
		found[it.Name] = flag{it.Value.Type(), it.Deprecated}
	})
	return found
}

func kubeletFlags() (*pflag.FlagSet, error) {
	set := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	kubelet.NewKubeletFlags().AddFlags(set)
	configuration, err := kubelet.NewKubeletConfiguration()
	if err != nil {
		return nil, err
	}
	kubelet.AddKubeletConfigFlags(set, configuration)
	kubelet.AddGlobalFlags(set)
	return set, nil
}

var programs = map[string]func() (*pflag.FlagSet, error){
	"kube-apiserver":          func() (*pflag.FlagSet, error) { return apiserver.NewAPIServerCommand().Flags(), nil },
	"kube-controller-manager": func() (*pflag.FlagSet, error) { return manager.NewControllerManagerCommand().Flags(), nil },
	"kube-scheduler":          func() (*pflag.FlagSet, error) { return scheduler.NewSchedulerCommand().Flags(), nil },
	"kubelet":                 kubeletFlags,
}

func main() {
	// One program a run: each may set gates, which none may any more once another has made flags of them.
	set, err := programs[os.Args[1]]()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	gates := map[string]gate{}
	for name, it := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		gates[string(name)] = gate{it.Default, it.LockToDefault, string(it.PreRelease)}
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"flags":             flags(set),
		"feature_gates":     gates,
		"admission_plugins": sets.List(sets.New(options.AllOrderedPlugins...)),
	})
}
