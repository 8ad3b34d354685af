"""Machine translation by shape: imitations of several kinds, and human texts that share one trait with them.

On these cases precision is 1.0 and recall 12 of 13, but the rule was mended on them: before, it found 9 of 13 and took one human text
(batting averages) for a machine's. On ten texts written afterwards and not used for tuning it found 3 of 6 and took 1 of 4 human texts
for a machine's (an essay with two titles in 《》); two of the three misses, and two of the three right refusals, fell under the floor
of 200 letters. On the 776 pages of the bench, none of which is known to be translated, it fires on none.
``FLUENT`` is what it cannot find: a text without a trace is not guessed.
"""

from __future__ import annotations

import pytest
from pages import PROSE

from newscrawl.extraction.fields.machine_translation import is_machine_translated

TRANSLATED = {
    "spaced-points": "The city council decided on Tuesday , that a new ferry line will be opened , and the residents are very happy . The two boats , which have electric engines , will cross the bay every twenty minutes . The mayor said , the line is important , because the bridge is closed at night .",
    "ideographic-brackets": "According to the 《Harbour Daily》 report, the new ferry line will be officially opened to traffic in May. The 《Bay Transport Plan》 was issued by the council last year, and it clearly points out that the two docks need to be rebuilt. Experts interpret the 【new rule】 as follows and say that the masses are very satisfied.",
    "ideographic-commas": "The project involves the old harbour、the northern shore、the tram station and other places, and the relevant departments have carried out a comprehensive investigation。The person in charge said that the next step will be to speed up the construction、strengthen the supervision and ensure the quality。",
    "torn-dates": "On 2023 year 8 month 25 the city council of the bay area held a meeting and decided to open the line. On 2023 year 9 month 1 the first boat will sail from the old harbour. The relevant person in charge said that everything is ready and the residents are welcome to take the boat and experience the new line together.",
    "torn-dates-short": "The meeting was held on August 8 month 25 in the hall of the harbour. From 9 month 1 the new ticket will be used on all trams and buses of the city, and on 10 month 3 the second boat will come. The citizens who have old tickets can exchange them at the counter of the station free of charge.",
    "full-width": "The council approved the plan，the mayor said，and the ferry line will be opened in May。The residents are very happy：they have waited for six years。“The bridge is closed at night，”a resident said，“and the way around the bay is too long。”The two boats（with electric engines）will be delivered next spring。",
    "torn-decimals": "The company increased its holdings by .76 Years ago, and the report shows that income rose by .35 Billion compared with the same period. The analyst believes that the price of the share will continue to rise in the next quarter, and that the harbour project is the main reason for the growth of the profit this year.",
    "split-clitics": "The council 's plan was approved on Tuesday. The mayor 's party does n't want to pay for the boats, and the residents ca n't wait any longer. The region 's share is half of the sum. It is n't clear when the first boat will be delivered, but the engineer 's report says that it wo n't be before spring.",
    "numbered": "It is understood that the total investment of the project is 700 The construction period is 12 The first boat was delivered on May 20 On the second day, the trial run was carried out. The staff of the harbour said that the boat can carry 120 The crossing takes about eight minutes in good weather and is very convenient.",
    "spaced-spanish": "El ayuntamiento decidió el martes , que una nueva línea de transbordador será abierta , y los vecinos están muy contentos . Los dos barcos , que tienen motores eléctricos , cruzarán la bahía cada veinte minutos . La alcaldesa dijo , la línea es importante , porque el puente está cerrado de noche .",
    "spaced-russian": "Городской совет решил во вторник , что новая паромная линия будет открыта , и жители очень довольны . Два судна , которые имеют электрические двигатели , будут пересекать залив каждые двадцать минут . Мэр сказала , линия важна , потому что мост ночью закрыт .",
    "brackets-french": "Selon le 《Journal du Port》, la nouvelle ligne sera ouverte en mai. Le 《Plan de la baie》 a été publié par le conseil l’année dernière et indique que les deux quais doivent être reconstruits、que le chenal doit être approfondi、et que les habitants sont très satisfaits de cette décision importante.",
}
FLUENT = {
    "fluent": "With the continuous development of the economy, the harbour has become a beautiful business card of the city. The relevant departments attach great importance to it and have made solid progress. Next, they will continue to forge ahead, seek truth from facts and let the masses have a greater sense of gain.",
}
HUMAN = {
    **{f"news-{lang}": " ".join(PROSE[lang]) for lang in PROSE},
    "french-spacing": "Le conseil a voté : la ligne ouvrira en mai ! Qui paiera ? La région, dit la maire ; l’opposition, elle, « ne croit pas un mot » de ce plan. Combien de bateaux ? Deux ! Et quand ? Au printemps : voilà tout ce que l’on sait ; le reste est secret. « Nous verrons bien », dit un voisin. Pourquoi pas ?",
    "poem": "The boat goes out, the boat comes in,\nthe bay is wide, the air is thin;\nand who has waited, waits again,\nfor bread, for boats, for summer rain.\nThe gulls are loud, the bell is low,\nthe tide will come, the tide will go,\nand all the lamps along the pier\nare lit for those who are not here.",
    "code": "def cross(bay, boats):\n    for boat in boats:\n        if boat.ready :\n            bay.cross(boat , speed=3)\n    return [b for b in boats if b.done]\nThe function above calls cross , which is defined in the module; set boat.ready before, or nothing happens at all when the loop starts.",
    "list": "Milk, 2 litres. Eggs, 12. Flour, 1.5 kg. Sugar, .5 kg. Butter, 250 g. Salt, a pinch. Yeast, 7 g. Mix all of it, let it rest for an hour, bake it at 180 degrees for 45 minutes. Let it cool, cut it in 12 pieces and serve it with cream. Keeps for 3 days. Freeze what is left. Makes 12 pieces in all, or 6 large ones.",
    "transcript": "Q: When did you see the boat? A: At ten. Q: And then? A: Then nothing , I went home. Q: Did you call the police? A: No. Q: Why not? A: I was afraid. Q: Of whom? A: Of him. Q: Is he here today? A: Yes, he is sitting over there. Q: Let the record show that the witness points at the defendant. A: I do.",
    "chinese": "".join(PROSE["zh"]),
    "mixed": "The mayor (市长) said that the plan 《海湾计划》 had been approved. "
    + "".join(PROSE["zh"])
    + " The council meets again on Tuesday, and the boats will come in spring, if the money comes in time.",
    "one-title": "The novel 《红楼梦》, known in English as Dream of the Red Chamber, was translated by David Hawkes over ten years. His version, five volumes long, is read by students all over the world, and its first sentence is quoted more often than any other. Critics have compared it with the translations of the nineteenth century.",
    "ellipses": "He waited . . . and waited . . . and nobody came. The boat, they said, was late; the bridge, they said, was closed. So he sat down on the pier, took off his shoes and looked at the water. An hour later the bell rang. He put on his shoes, took his bag and went home, as he had done on every evening of that year.",
    "years": "In the year 2019 the council met 14 times, in 2020 only 3. The average age of its members is 51 years and 4 months. A year later the plan was ready. It took 2 years 6 months to build the first dock and 11 months to build the second, the engineers said, and nobody had expected that the channel would be the cheapest part.",
    "decimals": "The batting average rose from .276 to .301 in May, and his on-base percentage from .350 to .402. He hit .333 Tuesday and .250 Wednesday. Nobody in the league, the coach said, has improved more since last summer, and nobody works harder in the morning, when the field is still wet and the stands are empty.",
    "table": "Team , Points , Goals\nOld Harbour 45 , 60 : 30\nNorth Shore 43 , 58 : 31\nThe table shows the two best teams after 20 games. The Harbour team has won 14 of them, drawn 3 and lost 3; the Shore team has won 13, drawn 4 and lost 3. They meet again on Saturday, at home, in front of ten thousand people.",
    "typo": "The council voted on Tuesday , and the dispute is over. Two boats will cross the bay every twenty minutes. Residents had collected eleven thousand signatures. The only bridge is closed at night. Engineers expect the first boats in spring. The opposition criticised the costs. The mayor answered that the region pays half.",
    "short": "A boat , a bay .",
    "empty": "",
}


@pytest.mark.parametrize("name", TRANSLATED)
def test_found(name: str) -> None:
    assert is_machine_translated(TRANSLATED[name])


@pytest.mark.parametrize("name", HUMAN)
def test_not_found(name: str) -> None:
    assert not is_machine_translated(HUMAN[name])


def test_fluent_translation_is_not_guessed() -> None:
    assert not any(is_machine_translated(text) for text in FLUENT.values())
