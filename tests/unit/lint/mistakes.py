"""Mistakes in small templates, each at the place that `»` is before, and what is said of it."""

from __future__ import annotations

from typing import NamedTuple

MARK = "»"
"""Stands before the place of the finding, and is removed."""


class Mistake(NamedTuple):
    """A mistake: the code, the message, and the template with its place marked."""

    code: str
    message: str
    text: str


def template(body: str, version: str = "2018-08-31") -> str:
    """A template of a version, `body` below the line that says so."""
    return f"heat_template_version: {version}\n{body}"


def server(properties: str) -> str:
    """A template with a server of these further properties, indented as they are in it."""
    return template(f"""\
resources:
  web:
    type: OS::Nova::Server
    properties:
      flavor: m1.small
      networks: [{{network: private}}]
{properties}
""")


def rule(properties: str) -> str:
    """A template with one security group rule, its properties in flow style."""
    return template(f"""\
resources:
  allow:
    type: OS::Neutron::SecurityGroupRule
    properties: {{security_group: web, {properties}}}
""")


def parameter(definition: str, version: str = "2018-08-31") -> str:
    """A template that reads one parameter, which is defined in flow style."""
    return template(
        f"parameters:\n  size: {definition}\noutputs:\n  it: {{value: {{get_param: size}}}}\n", version
    )


def output(value: str, version: str = "2018-08-31") -> str:
    """A template with one output, its value in flow style."""
    return template(f"outputs:\n  it: {{value: {value}}}\n", version)


MISTAKES: tuple[Mistake, ...] = (
    # The shape of a template.
    Mistake("JB0801", "not YAML: a tab is in the indentation", template("resources:\n»\tweb: {}\n")),
    Mistake("JB0801", "not YAML: there is a second document", template("resources: {}\n»---\n{}\n")),
    Mistake(
        "JB0802", "'a.yaml' is not a Heat Orchestration Template: it lacks 'heat_template_version'", "»a: 1\n"
    ),
    Mistake("JB0802", "'a.yaml' is not a Heat Orchestration Template: it is a list, no mapping", "»[]\n"),
    Mistake(
        "JB0802",
        "'a.yaml' is not a Heat Orchestration Template: 'AWSTemplateFormatVersion' says CloudFormation",
        "»AWSTemplateFormatVersion: 2010-09-09\n",
    ),
    Mistake(
        "JB0803", "heat knows no heat_template_version '2018-08-32'", "heat_template_version: »2018-08-32\n"
    ),
    Mistake(
        "JB0804",
        "'description' is given twice; Heat takes the last and drops the first",
        template("description: one\n»description: two\n"),
    ),
    Mistake(
        "JB0805", "'resource' is no section of a template of version 2018-08-31", template("»resource: {}\n")
    ),
    Mistake(
        "JB0805",
        "'conditions' is no section of a template of version 2015-04-30",
        template("»conditions: {}\n", "2015-04-30"),
    ),
    Mistake("JB0806", "expected a mapping as 'resources', found a list", template("resources: »[]\n")),
    Mistake(
        "JB0806",
        "expected a mapping as the resource 'web', found null",
        template("resources:\n  web:» \n"),
    ),
    Mistake(
        "JB0806",
        "expected a resource's name or a list of them as 'depends_on', found a mapping",
        template("resources:\n  web:\n    type: OS::Heat::None\n    depends_on: »{}\n"),
    ),
    Mistake(
        "JB0807",
        "'propertes' is no key of a resource in version 2018-08-31",
        template("resources:\n  web:\n    type: OS::Heat::None\n    »propertes: {}\n"),
    ),
    Mistake(
        "JB0807",
        "'tags' is no key of a parameter in version 2015-10-15",
        parameter("{type: string, »tags: [a]}", "2015-10-15"),
    ),
    Mistake("JB0808", "the resource 'web' lacks 'type'", template("resources:\n  »web: {properties: {}}\n")),
    Mistake("JB0808", "the output 'it' lacks 'value'", template("outputs:\n  »it: {description: none}\n")),
    Mistake(
        "JB0809",
        "'delete' is no deletion policy of version 2016-04-08",
        template(
            "resources:\n  web:\n    type: OS::Heat::None\n    deletion_policy: »delete\n", "2016-04-08"
        ),
    ),
    Mistake(
        "JB0809",
        "'snapshot' is no deletion policy of OS::Heat::RandomString",
        template("resources:\n  web:\n    type: OS::Heat::RandomString\n    deletion_policy: »snapshot\n"),
    ),
    Mistake(
        "JB0811",
        "'if' stands for the whole of 'properties', which Heat wants written out",
        template(
            "conditions: {few: true}\nresources:\n  key:\n    type: OS::Heat::RandomString\n"
            "    »properties: {if: [few, {length: 8}, {length: 9}]}\n"
        ),
    ),
    Mistake(
        "JB0811",
        "'map_merge' stands for the whole of 'update_policy', which Heat wants written out",
        template(
            "resources:\n  key:\n    type: OS::Heat::RandomString\n    »update_policy: {map_merge: [{}]}\n"
        ),
    ),
    Mistake(
        "JB0810",
        "'firewall' is no key of an output in version 2018-08-31, and Heat does nothing with it",
        template("outputs:\n  it: {value: 1, »firewall: {}}\n"),
    ),
    # Resources.
    Mistake(
        "JB0820",
        "heat has no resource type 'OS::Nova::Sever'",
        template("resources:\n  web:\n    type: »OS::Nova::Sever\n"),
    ),
    Mistake(
        "JB0820",
        "heat has no resource type 'OS::Nova::Sever'",
        template(
            "resources:\n  webs:\n    type: OS::Heat::ResourceGroup\n    properties:\n"
            "      resource_def: {type: »OS::Nova::Sever}\n"
        ),
    ),
    Mistake(
        "JB0821",
        "the resource type 'OS::Nova::FloatingIP' is hidden in Heat 27.0.1",
        template("resources:\n  ip:\n    type: »OS::Nova::FloatingIP\n    properties: {pool: public}\n"),
    ),
    Mistake("JB0822", "OS::Nova::Server has no property 'flavour'", server("      »flavour: m1.small")),
    Mistake(
        "JB0822",
        "'networks.0' has no property 'net'",
        template("""\
resources:
  web:
    type: OS::Nova::Server
    properties: {flavor: m1.small, networks: [{»net: private}]}
"""),
    ),
    Mistake(
        "JB0822",
        "OS::Heat::RandomString has no property 'size'",
        template("""\
resources:
  all:
    type: OS::Heat::AutoScalingGroup
    properties:
      min_size: 1
      max_size: 2
      resource: {type: OS::Heat::RandomString, properties: {»size: 8}}
"""),
    ),
    Mistake(
        "JB0822",
        "the update policy of OS::Heat::RandomString has no property 'rolling_update'",
        template(
            "resources:\n  a:\n    type: OS::Heat::RandomString\n    update_policy: {»rolling_update: {}}\n"
        ),
    ),
    Mistake(
        "JB0823",
        "OS::Nova::Server needs the property 'flavor'",
        template("resources:\n  web:\n    type: OS::Nova::Server\n    »properties: {image: cirros}\n"),
    ),
    Mistake(
        "JB0823",
        "OS::Neutron::Port needs the property 'network'",
        template("resources:\n  »port: {type: 'OS::Neutron::Port'}\n"),
    ),
    Mistake("JB0824", "expected a string as 'name', found a list", server("      name: »[web]")),
    Mistake(
        "JB0824", "expected a list as 'security_groups', found 'web'", server("      security_groups: »web")
    ),
    Mistake(
        "JB0824",
        "expected true or false as 'config_drive', found an integer",
        server("      config_drive: »1"),
    ),
    Mistake(
        "JB0824",
        "expected an integer as 'size', found 'one'",
        template(
            "resources:\n  disk:\n    type: OS::Cinder::Volume\n"
            "    properties: {size: »{list_join: ['', [o, n, e]]}}\n"
        ),
    ),
    Mistake(
        "JB0824",
        "expected a mapping as 'metadata', found a string",
        server("      metadata: »{str_replace: {template: a b, params: {a: {get_param: 'OS::stack_name'}}}}"),
    ),
    Mistake(
        "JB0824",
        "expected a string as 'key_name', found a list",
        template("""\
parameters:
  keys: {type: comma_delimited_list}
resources:
  web:
    type: OS::Nova::Server
    properties: {flavor: m1.small, networks: [{network: n}], key_name: »{get_param: keys}}
"""),
    ),
    Mistake(
        "JB0825",
        "'user_data_format' cannot be 'COOKED': it is none of HEAT_CFNTOOLS, RAW, SOFTWARE_CONFIG",
        server("      user_data_format: »COOKED"),
    ),
    Mistake(
        "JB0825",
        "'length' cannot be '0': it is 0, and 1 is the least",
        template("resources:\n  a:\n    type: OS::Heat::RandomString\n    properties: {length: »0}\n"),
    ),
    Mistake(
        "JB0825",
        "'user_data_format' cannot be 'COOKED': it is none of HEAT_CFNTOOLS, RAW, SOFTWARE_CONFIG",
        template("""\
conditions:
  raw: {equals: [{get_param: 'OS::region'}, one]}
resources:
  web:
    type: OS::Nova::Server
    properties: {flavor: m1.small, networks: [{network: n}], user_data_format: {if: [raw, RAW, »COOKED]}}
"""),
    ),
    Mistake(
        "JB0825",
        "'remote_ip_prefix' cannot be '192.0.2.0/33': it is not a range of addresses, such as 192.0.2.0/24",
        rule("remote_ip_prefix: »192.0.2.0/33"),
    ),
    # References.
    Mistake(
        "JB0830",
        "there is no resource 'prot'",
        template("""\
resources:
  port: {type: 'OS::Neutron::Port', properties: {network: private}}
  web:
    type: OS::Nova::Server
    properties: {flavor: m1.small, networks: [{port: {get_resource: »prot}}]}
"""),
    ),
    Mistake(
        "JB0830",
        "there is no resource 'db'",
        template("resources:\n  web:\n    type: OS::Heat::RandomString\n    depends_on: [»db]\n"),
    ),
    Mistake("JB0830", "there is no resource 'web'", output("{get_attr: [»web, name]}")),
    Mistake("JB0831", "there is no parameter 'key'", server("      key_name: {get_param: »key}")),
    Mistake("JB0831", "there is no parameter 'key'", server("      key_name: {get_param: [»key, 0]}")),
    Mistake(
        "JB0832",
        "'a' (OS::Heat::RandomString) has no attribute 'vale'",
        template(
            "resources:\n  a: {type: 'OS::Heat::RandomString'}\n"
            "outputs:\n  it: {value: {get_attr: [a, »vale]}}\n"
        ),
    ),
    Mistake(
        "JB0833",
        "there is no condition 'prod'",
        template("resources:\n  a:\n    type: OS::Heat::RandomString\n    condition: »prod\n"),
    ),
    Mistake("JB0833", "there is no condition 'prod'", output("{if: [»prod, 1, 2]}")),
    Mistake(
        "JB0834",
        "'a' and 'b' need one another",
        template("""\
resources:
  »a: {type: 'OS::Heat::RandomString', properties: {salt: {get_attr: [b, value]}}}
  b: {type: 'OS::Heat::RandomString', depends_on: a}
"""),
    ),
    Mistake(
        "JB0834", "'a' and 'b' need one another", template("conditions:\n  »a: {not: b}\n  b: {not: a}\n")
    ),
    Mistake(
        "JB0835", "nothing reads the parameter 'size'", template("parameters:\n  »size: {type: number}\n")
    ),
    Mistake("JB0836", "nothing asks the condition 'big'", template("conditions:\n  »big: true\n")),
    Mistake(
        "JB0837",
        "'a' is a parameter and a resource",
        template("""\
parameters:
  a: {type: string}
resources:
  »a: {type: 'OS::Heat::RandomString', properties: {salt: {get_param: a}}}
"""),
    ),
    Mistake(
        "JB0838", "there is no parameter 'sise'", template("parameter_groups: [{parameters: [»sise]}]\n")
    ),
    Mistake(
        "JB0838",
        "the parameter 'size' is in the groups twice",
        template("parameter_groups: [{parameters: [size, »size]}]\n")
        + parameter("{type: string}").partition("\n")[2],
    ),
    Mistake(
        "JB0839",
        "there is no parameter 'size'; Heat notices when it is asked for this value, and has none",
        output("{get_param: »size}"),
    ),
    # Functions.
    Mistake("JB0840", "version 2018-08-31 has no function 'Fn::Join'", output("{»'Fn::Join': ['', [a]]}")),
    Mistake(
        "JB0840",
        "version 2015-10-15 has no function 'list_concat'",
        template(
            "resources:\n  web:\n    type: OS::Nova::Server\n"
            "    properties: {flavor: m1.small, networks: {»list_concat: [[{network: n}]]}}\n",
            "2015-10-15",
        ),
    ),
    Mistake(
        "JB0841",
        "version 2015-10-15 has no function 'map_merge', so Heat takes this for plain data",
        output("{»map_merge: [{a: 1}]}", "2015-10-15"),
    ),
    Mistake(
        "JB0842",
        "'str_replace' takes a mapping of 'template', a text, and 'params', a mapping",
        output("{»str_replace: {template: a}}"),
    ),
    Mistake(
        "JB0842",
        "'list_join' takes a list of a text to put between, and lists of texts, numbers in quotes",
        output("{»list_join: ['', [1, 2]]}"),
    ),
    Mistake(
        "JB0843",
        "'get_attr' cannot be in a condition",
        template(
            "conditions:\n  a: {equals: [{»get_attr: [web, name]}, a]}\n"
            "outputs:\n  it: {condition: a, value: 1}\n"
        ),
    ),
    Mistake(
        "JB0844",
        "there is no function 'str_replce', so Heat takes this for plain data",
        server("      metadata: {a: {»str_replce: {template: a-b, params: {a: b}}}}"),
    ),
    # Parameters.
    Mistake(
        "JB0850",
        "the default of 'size' is 'big', of another type than number",
        parameter("{type: number, default: »big}"),
    ),
    Mistake(
        "JB0850",
        "the default of 'size' is '9': it is 9, and 8 is the most",
        parameter("{type: number, default: »9, constraints: [{range: {max: 8}}]}"),
    ),
    Mistake("JB0851", "'strin' is no type of a parameter", parameter("{type: »strin}")),
    Mistake("JB0851", "'{}' is no type of a parameter", parameter("{type: »{}}")),
    Mistake(
        "JB0851",
        "'range' is no constraint of type string",
        parameter("{type: string, constraints: [»{range: {max: 8}}]}"),
    ),
    Mistake(
        "JB0851",
        "heat has no custom constraint 'nova.flavour'",
        parameter("{type: string, constraints: [»{custom_constraint: nova.flavour}]}"),
    ),
    Mistake(
        "JB0851",
        "'modulo' is no constraint",
        parameter("{type: number, constraints: [»{modulo: {step: 2, offset: 0}}]}", "2016-10-14"),
    ),
    # Secrets.
    Mistake(
        "JB0860",
        "the default of 'size' is a secret for everybody to read",
        parameter("{type: string, hidden: true, default: »letmein}"),
    ),
    Mistake(
        "JB0861",
        "the value of 'admin_pass' is a secret for everybody to read",
        server("      admin_pass: »letmein"),
    ),
    # Limits.
    Mistake(
        "JB0870",
        "the template has 530110 characters as Heat counts them; Heat accepts 524288 by default",
        template(f"»resources:\n  a:\n    type: OS::Heat::None\n    metadata: {{a: {'x' * 530_000}}}\n"),
    ),
    Mistake(
        "JB0871",
        "the template and what it nests have 1001 resources; Heat accepts 1000 by default",
        template("»resources:\n" + "".join(f"  a{i}: {{type: 'OS::Heat::None'}}\n" for i in range(1_001))),
    ),
    Mistake(
        "JB0872",
        "templates are nested 1 deep here; Heat accepts 5 by default",
        template("resources:\n  again:\n    type: »a.yaml\n"),
    ),
    # What services refuse.
    Mistake(
        "JB0880",
        "user data has 93336 characters of base64 or more; Nova accepts 65535 at most",
        server(f"      »user_data: {{list_join: ['', [{'x' * 70_000}, {{get_param: 'OS::region'}}]]}}"),
    ),
    Mistake(
        "JB0881",
        "neutron refuses the rule: it has ports and no protocol",
        rule("port_range_min: »22, port_range_max: 22"),
    ),
    Mistake(
        "JB0881",
        "neutron refuses the rule: the range of ports ends before it begins",
        rule("protocol: tcp, port_range_min: »23, port_range_max: 22"),
    ),
    Mistake(
        "JB0881",
        "neutron refuses the rule: the protocol 'vrrp' has no ports",
        rule("protocol: vrrp, port_range_min: »23, port_range_max: 23"),
    ),
    Mistake(
        "JB0881",
        "neutron refuses the rule: the range is of IPv6, and ethertype is IPv4",
        rule("remote_ip_prefix: »'2001:db8::/32'"),
    ),
    Mistake(
        "JB0881",
        "neutron refuses the rule: it has a range and a group as remote end",
        rule("remote_ip_prefix: »192.0.2.0/24, remote_group: web"),
    ),
    Mistake(
        "JB0882",
        "neutron counts this rule and another as one, and refuses the second",
        template("""\
resources:
  web:
    type: OS::Neutron::SecurityGroup
    properties:
      rules:
      - {protocol: icmp}
      - »{protocol: 1, remote_ip_prefix: 0.0.0.0/0, direction: ingress}
"""),
    ),
    Mistake("JB0883", "nova refuses the server's name: 'web 😀'", server("      name: »web 😀")),
    Mistake("JB0883", "nova refuses the metadata key 'a/b'", server("      metadata: {»a/b: c}")),
)
