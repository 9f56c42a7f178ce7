"""A reader of stories who knows nothing of how they were made: sentence by sentence, and strict."""

import re

WHO = r"(?P<who>[A-Z]\w+|she|he)"
FORMS = [
    rf"{WHO} (?:goes to|walks over to|moves on to) the (?P<room>\w+)",
    rf"{WHO} (?:joins|goes to where|walks over to) (?P<other>[A-Z]\w+)(?: is)?",
    rf"{WHO} (?:takes|picks up|grabs) the (?P<taken>\w+)",
    rf"{WHO} (?:puts down|sets|drops) the (?P<put>\w+)(?: down)?",
    rf"{WHO} gives the (?P<given>\w+) to (?P<to>\w+)",
    rf"{WHO} hands (?P<to>\w+) the (?P<given>\w+)",
    r"(?P<to>[A-Z]\w+|she|he) gets the (?P<given>\w+) from (?P<who>\w+)",
]
FEMALE = {"Ana", "Clara", "Elena", "Greta", "Irene", "Karin", "Lisa", "Marta", "Olga", "Rita", "Tessa"}
MALE = {"Bruno", "David", "Felix", "Hugo", "Jonas", "Lukas", "Nils", "Paul", "Simon", "Tom", "Viktor"}
PEOPLE = FEMALE | MALE


class Reading:
    """A story read sentence by sentence. Refuses what cannot be, and any pronoun that could mean two people."""

    def __init__(self, story):
        self.at, self.held, self.rooms, self.before, self.events = {}, {}, [], [], 0
        for sentence in story.rstrip(".").split(". "):
            if not self.set_up(sentence):
                self.happens(re.sub("^(Then|After that,|A little later,) ", "", sentence))

    def set_up(self, sentence):
        patterns = (r"In the (\w+) (?:is|are) (.*)", r"The (\w+) has (.*) in it", r"(.*) (?:is|are) in the (\w+)",
                    r"The (\w+) is empty()", r"There is nothing in the (\w+)()")  # fmt: skip
        for place, pattern in enumerate(patterns):
            if found := re.fullmatch(pattern, sentence):
                room, names = found.groups() if place != 2 else found.groups()[::-1]
                self.rooms.append(room)
                self.at |= {name.split()[-1]: room for name in re.split(", | and ", names) if name}
                return True
        return False

    def happens(self, sentence):
        (found,) = [found for form in FORMS if (found := re.fullmatch(form, sentence[0].upper() + sentence[1:]))]
        one = {name: self.meant(said) for name, said in found.groupdict().items() if said}
        who, where = one["who"], self.at[one["who"]]
        if "room" in one or "other" in one:
            self.at[who] = one.get("room") or self.at[one["other"]]
            assert self.at[who] != where, "nobody goes to where they are"
        elif "taken" in one:
            assert self.where(one["taken"]) == where and one["taken"] not in self.held
            self.held[one["taken"]] = who
        elif "put" in one:
            assert self.held.pop(one["put"]) == who
            self.at[one["put"]] = where
        else:
            assert self.held[one["given"]] == who != one["to"] and self.at[one["to"]] == where
            self.held[one["given"]] = one["to"]
        self.before, self.events = [one[name] for name in ("who", "to", "other") if name in one], self.events + 1

    def meant(self, said):
        if said.lower() not in ("she", "he"):
            return said
        (name,) = [name for name in self.before if name in (FEMALE if said.lower() == "she" else MALE)]
        return name

    def where(self, name):
        return self.at[self.held.get(name, name)]

    def answer(self, question):
        name = re.search(r"(\w+)\?", question)[1]
        return self.held[name] if question.startswith("Who") else self.where(name)

    def can(self, sentence):
        who, kind, what, to = re.fullmatch(
            r"(\w+) (takes|puts down|gives) the (\w+)(?: to (\w+))?\.", sentence
        ).groups()
        if kind == "takes":
            return what not in self.held and self.at[what] == self.at[who]
        return self.held.get(what) == who and (not to or (to != who and self.at[to] == self.at[who]))
