"""check_schema.py SCHEMA DEFINITION: reads JSON documents from standard input, one or one a line, and holds them against
one definition. Knows the words of JSON Schema that docs/formats uses, and refuses a schema with others."""
import json
import sys

KNOWN = {"$ref", "type", "required", "properties", "additionalProperties", "items", "anyOf", "enum"}
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
    "integer": int, "number": (int, float),
}


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def problem_of(value, rule, definitions, place):
    """The first thing that is wrong, or None."""
    if rule is False:
        return f"{place}: not allowed"
    unknown = set(rule) - KNOWN
    if unknown:
        raise SystemExit(f"the schema uses {unknown}")
    if "$ref" in rule:
        return problem_of(value, definitions[rule["$ref"].rsplit("/", 1)[1]], definitions, place)
    if "anyOf" in rule:
        problems = [problem_of(value, one, definitions, place) for one in rule["anyOf"]]
        return None if None in problems else problems[-1]
    if "enum" in rule and value not in rule["enum"]:
        return f"{place}: {value!r} is none of {rule['enum']}"
    names = rule.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(is_type(value, name) for name in names):
        return f"{place}: {value!r} is no {names}"
    for name in rule.get("required", []):
        if name not in value:
            return f"{place}: no {name}"
    if isinstance(value, dict):
        for name, part in value.items():
            found = problem_of(part, rule.get("properties", {}).get(name, rule.get("additionalProperties", {})), definitions,
                               f"{place}.{name}")
            if found:
                return found
    for number, part in enumerate(value if isinstance(value, list) else []):
        found = problem_of(part, rule.get("items", {}), definitions, f"{place}[{number}]")
        if found:
            return found
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        definitions = json.load(file)["$defs"]
    text = sys.stdin.read()
    try:
        documents = [json.loads(text)]
    except json.JSONDecodeError:
        documents = [json.loads(line) for line in text.splitlines()]
    for document in documents:
        problem = problem_of(document, definitions[sys.argv[2]], definitions, "$")
        if problem:
            raise SystemExit(f"{sys.argv[2]}: {problem}")
    print(f"{sys.argv[2]}: {len(documents)} valid")


main()
