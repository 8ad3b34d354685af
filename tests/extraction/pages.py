"""Small invented articles in several languages, around which the rule tests build their pages."""

from __future__ import annotations

import html
from collections.abc import Sequence

import newscrawl
from newscrawl.items import Article

HEADLINE = {
    "en": "Council approves new ferry line across the bay",
    "de": "Stadtrat beschließt neue Fährlinie über die Bucht",
    "fr": "Le conseil adopte une nouvelle ligne de ferry dans la baie",
    "es": "El ayuntamiento aprueba una nueva línea de transbordador",
    "pt": "Câmara aprova nova linha de balsa através da baía",
    "it": "Il consiglio approva una nuova linea di traghetti nella baia",
    "ru": "Городской совет одобрил новую паромную линию через залив",
    "ar": "المجلس البلدي يوافق على خط عبارات جديد عبر الخليج",
    "tr": "Belediye meclisi körfezde yeni feribot hattını onayladı",
    "zh": "市议会批准开通跨海湾轮渡新航线",
    "ja": "市議会、湾を横断する新フェリー航路を承認",
    "ko": "시의회, 만을 가로지르는 새 여객선 노선 승인",
}
PROSE = {
    "en": [
        "The city council voted on Tuesday evening to open a ferry line between the old harbour and the northern shore, ending a dispute that had lasted for almost six years.",
        "Two boats with electric engines will cross the bay every twenty minutes, and a single ticket will be valid on trams and buses as well, the transport office announced.",
        "Residents of the northern shore had collected eleven thousand signatures, because the only bridge is closed at night and the way around the bay takes more than an hour.",
        "Engineers expect that the first boats will be delivered in the spring of next year; until then the two landing stages have to be rebuilt and the channel has to be deepened.",
        "The opposition criticised the costs, which have risen from four to seven million since the first plan, and demanded a report on the finances every three months.",
        "The mayor answered that the region pays half of the sum and that the line will carry more than two thousand commuters on an ordinary working day.",
    ],
    "de": [
        "Der Stadtrat hat am Dienstagabend beschlossen, eine Fährlinie zwischen dem alten Hafen und dem Nordufer einzurichten, und damit einen fast sechs Jahre langen Streit beendet.",
        "Zwei Boote mit Elektromotoren sollen die Bucht alle zwanzig Minuten überqueren, und eine Fahrkarte gilt auch in Straßenbahnen und Bussen, teilte das Verkehrsamt mit.",
        "Die Bewohner des Nordufers hatten elftausend Unterschriften gesammelt, weil die einzige Brücke nachts gesperrt ist und der Weg um die Bucht mehr als eine Stunde dauert.",
        "Die Ingenieure erwarten die ersten Boote im Frühjahr; bis dahin müssen die beiden Anleger umgebaut und die Fahrrinne vertieft werden.",
        "Die Opposition kritisierte die Kosten, die seit dem ersten Plan von vier auf sieben Millionen gestiegen sind, und verlangte alle drei Monate einen Bericht.",
        "Die Bürgermeisterin entgegnete, dass das Land die Hälfte der Summe trägt und die Linie an einem Werktag mehr als zweitausend Pendler befördern wird.",
    ],
    "fr": [
        "Le conseil municipal a voté mardi soir l’ouverture d’une ligne de ferry entre le vieux port et la rive nord, mettant fin à une dispute de près de six ans.",
        "Deux bateaux à moteur électrique traverseront la baie toutes les vingt minutes, et un seul billet sera valable dans les tramways et les bus, a annoncé l’office des transports.",
        "Les habitants de la rive nord avaient réuni onze mille signatures, car le seul pont est fermé la nuit et le tour de la baie prend plus d’une heure.",
        "Les ingénieurs attendent les premiers bateaux au printemps prochain ; d’ici là, les deux embarcadères doivent être reconstruits et le chenal approfondi.",
        "L’opposition a critiqué les coûts, passés de quatre à sept millions depuis le premier projet, et a demandé un rapport financier tous les trois mois.",
        "La maire a répondu que la région paie la moitié de la somme et que la ligne transportera plus de deux mille personnes chaque jour ouvrable.",
    ],
    "es": [
        "El ayuntamiento votó el martes por la noche la apertura de una línea entre el puerto viejo y la orilla norte, con lo que termina una disputa de casi seis años.",
        "Dos barcos con motores eléctricos cruzarán la bahía cada veinte minutos, y un solo billete valdrá también en tranvías y autobuses, anunció la oficina de transporte.",
        "Los vecinos de la orilla norte habían reunido once mil firmas, porque el único puente se cierra de noche y rodear la bahía lleva más de una hora.",
        "Los ingenieros esperan los primeros barcos en la primavera próxima; hasta entonces hay que reconstruir los dos embarcaderos y dragar el canal.",
        "La oposición criticó los costes, que han subido de cuatro a siete millones desde el primer plan, y exigió un informe cada tres meses.",
        "La alcaldesa respondió que la región paga la mitad de la suma y que la línea llevará a más de dos mil viajeros en un día laborable.",
    ],
    "pt": [
        "A câmara votou na terça-feira à noite a abertura de uma linha entre o porto antigo e a margem norte, encerrando uma disputa de quase seis anos.",
        "Dois barcos com motores elétricos vão cruzar a baía a cada vinte minutos, e um só bilhete valerá também nos bondes e ônibus, anunciou a secretaria de transportes.",
        "Os moradores da margem norte tinham reunido onze mil assinaturas, porque a única ponte fecha à noite e a volta pela baía leva mais de uma hora.",
        "Os engenheiros esperam os primeiros barcos na primavera; até lá os dois atracadouros precisam ser reconstruídos e o canal aprofundado.",
        "A oposição criticou os custos, que subiram de quatro para sete milhões desde o primeiro plano, e exigiu um relatório a cada três meses.",
        "A prefeita respondeu que a região paga metade da soma e que a linha levará mais de dois mil passageiros num dia útil.",
    ],
    "it": [
        "Il consiglio comunale ha votato martedì sera l’apertura di una linea tra il porto vecchio e la riva nord, chiudendo una disputa durata quasi sei anni.",
        "Due battelli con motori elettrici attraverseranno la baia ogni venti minuti, e un solo biglietto varrà anche su tram e autobus, ha annunciato l’ufficio trasporti.",
        "I residenti della riva nord avevano raccolto undicimila firme, perché l’unico ponte di notte è chiuso e il giro della baia richiede più di un’ora.",
        "Gli ingegneri attendono i primi battelli nella prossima primavera; fino ad allora i due pontili vanno ricostruiti e il canale approfondito.",
        "L’opposizione ha criticato i costi, saliti da quattro a sette milioni dal primo progetto, e ha chiesto un rapporto ogni tre mesi.",
        "La sindaca ha risposto che la regione paga metà della somma e che la linea porterà oltre duemila pendolari in un giorno feriale.",
    ],
    "ru": [
        "Городской совет во вторник вечером проголосовал за открытие паромной линии между старой гаванью и северным берегом, завершив спор, который длился почти шесть лет.",
        "Два судна с электрическими двигателями будут пересекать залив каждые двадцать минут, а единый билет будет действовать в трамваях и автобусах, сообщили в транспортном управлении.",
        "Жители северного берега собрали одиннадцать тысяч подписей, потому что единственный мост ночью закрыт, а дорога вокруг залива занимает больше часа.",
        "Инженеры ожидают первые суда весной будущего года; до этого нужно перестроить оба причала и углубить фарватер.",
        "Оппозиция раскритиковала расходы, которые выросли с четырёх до семи миллионов, и потребовала отчёта о финансах каждые три месяца.",
        "Мэр ответила, что половину суммы платит область и что линия будет перевозить более двух тысяч человек в обычный рабочий день.",
    ],
    "ar": [
        "صوّت المجلس البلدي مساء الثلاثاء على افتتاح خط عبارات بين الميناء القديم والضفة الشمالية، منهيا خلافا استمر قرابة ست سنوات.",
        "ستعبر الخليج سفينتان تعملان بمحركات كهربائية كل عشرين دقيقة، وستكون التذكرة الواحدة صالحة في الترام والحافلات أيضا، كما أعلن مكتب النقل.",
        "وكان سكان الضفة الشمالية قد جمعوا أحد عشر ألف توقيع، لأن الجسر الوحيد يغلق ليلا والطريق حول الخليج يستغرق أكثر من ساعة.",
        "ويتوقع المهندسون وصول السفن الأولى في ربيع العام المقبل، وحتى ذلك الحين يجب إعادة بناء الرصيفين وتعميق القناة.",
        "وانتقدت المعارضة التكاليف التي ارتفعت من أربعة إلى سبعة ملايين منذ الخطة الأولى، وطالبت بتقرير مالي كل ثلاثة أشهر.",
        "وردت رئيسة البلدية بأن المنطقة تدفع نصف المبلغ وأن الخط سينقل أكثر من ألفي راكب في يوم عمل عادي.",
    ],
    "tr": [
        "Belediye meclisi salı akşamı eski liman ile kuzey kıyısı arasında bir feribot hattı açılması için oy verdi ve altı yıla yakın süren tartışmayı bitirdi.",
        "Elektrik motorlu iki tekne körfezi her yirmi dakikada bir geçecek, tek bilet tramvaylarda ve otobüslerde de geçerli olacak, diye açıkladı ulaşım dairesi.",
        "Kuzey kıyısında oturanlar on bir bin imza toplamıştı, çünkü tek köprü geceleri kapalı ve körfezin çevresini dolaşmak bir saatten fazla sürüyor.",
        "Mühendisler ilk teknelerin gelecek yıl ilkbaharda teslim edilmesini bekliyor; o zamana kadar iki iskelenin yenilenmesi gerekiyor.",
        "Muhalefet, ilk plandan bu yana dört milyondan yedi milyona çıkan maliyeti eleştirdi ve üç ayda bir mali rapor istedi.",
        "Belediye başkanı, tutarın yarısını bölgenin ödediğini ve hattın bir iş gününde iki binden fazla yolcu taşıyacağını söyledi.",
    ],
    "zh": [
        "市议会周二晚间投票决定，在老港区与北岸之间开通一条轮渡航线，持续近六年的争论就此结束。",
        "据交通局介绍，两艘电动渡轮将每二十分钟横渡海湾一次，乘客持同一张车票还可以换乘电车和公共汽车。",
        "北岸居民此前征集了一万一千个签名，因为唯一的大桥夜间封闭，绕行海湾需要一个多小时。",
        "工程师预计，首批渡轮将于明年春天交付，在此之前必须改建两座码头并疏浚航道。",
        "反对派批评费用过高，从最初方案的四百万涨到了七百万，并要求每三个月公布一次财务报告。",
        "市长回应说，地区政府承担一半费用，这条航线在普通工作日将运送两千多名通勤者。",
    ],
    "ja": [
        "市議会は火曜日の夜、旧港と北岸を結ぶフェリー航路の開設を可決し、六年近く続いた論争に終止符を打った。",
        "交通局によると、電動の船二隻が二十分おきに湾を横断し、一枚の切符で路面電車やバスにも乗り継げるという。",
        "北岸の住民は一万一千人分の署名を集めていた。唯一の橋は夜間に閉鎖され、湾を回る道は一時間以上かかるためだ。",
        "技術者は最初の船が来年の春に届くと見込んでおり、それまでに二つの桟橋を建て替え、水路を深くする必要がある。",
        "野党は、当初計画の四百万から七百万に膨らんだ費用を批判し、三か月ごとの財政報告を求めた。",
        "市長は、費用の半分は地域が負担し、平日には二千人以上の通勤客が利用すると答えた。",
    ],
    "ko": [
        "시의회는 화요일 저녁 옛 항구와 북쪽 해안을 잇는 여객선 노선을 열기로 의결하며 육 년 가까이 이어진 논쟁을 끝냈다.",
        "교통국에 따르면 전기 엔진을 단 배 두 척이 이십 분마다 만을 건너고, 표 한 장으로 전차와 버스도 탈 수 있다.",
        "북쪽 해안 주민들은 만 천 명의 서명을 모았는데, 유일한 다리가 밤에 닫히고 만을 돌아가는 길이 한 시간 넘게 걸리기 때문이다.",
        "기술자들은 첫 배가 내년 봄에 도착할 것으로 예상하며, 그때까지 선착장 두 곳을 다시 지어야 한다.",
        "야당은 처음 계획의 사백만에서 칠백만으로 늘어난 비용을 비판하고 석 달마다 재정 보고를 요구했다.",
        "시장은 비용의 절반을 지역이 부담하며 평일에 이천 명 넘는 통근자가 이용할 것이라고 답했다.",
    ],
}
_NAV = '<header><nav><ul><li><a href="/">Front</a></li><li><a href="/world/">World</a></li><li><a href="/city/">City</a></li></ul></nav></header>'
_FOOT = '<footer><a href="/about">About</a> <a href="/contact">Contact</a> © 2024 Example Press</footer>'
URL = "https://news.example/city/2024/council-ferry-line.html"


def p(text: str) -> str:
    """The text as a paragraph."""
    return f"<p>{html.escape(text, quote=False)}</p>"


def h2(text: str) -> str:
    """The text as a subheading."""
    return f"<h2>{html.escape(text, quote=False)}</h2>"


def page(lang: str, first: str = "", mid: str = "", last: str = "", *, plain: bool = False, after: str = "") -> str:
    """The language's article as a page, with HTML before its first paragraph, after its third, after its last and below the body.

    ``plain``: a page whose containers have no telling names.
    """
    text = [p(paragraph) for paragraph in PROSE[lang]]
    body = first + "".join(text[:3]) + mid + "".join(text[3:]) + last
    head = f'<head><meta charset="utf-8"><title>{HEADLINE[lang]} - Example Press</title></head>'
    if plain:
        return (
            f"<html>{head}<body>{_NAV}<div><h1>{HEADLINE[lang]}</h1><div>{body}</div>{after}</div>{_FOOT}</body></html>"
        )
    return f'<html lang="{lang}">{head}<body>{_NAV}<main><article><h1>{HEADLINE[lang]}</h1><div class="article-body">{body}</div>{after}</article></main>{_FOOT}</body></html>'


def paragraphs(source: str) -> list[str]:
    """The paragraphs of the record that the page gives; fails where it gives none."""
    found = newscrawl.extract(source, URL)
    assert isinstance(found, Article), found
    return found.text.split("\n\n")


def story(lang: str, first: Sequence[str] = (), mid: Sequence[str] = (), last: Sequence[str] = ()) -> list[str]:
    """The paragraphs that :func:`page` should give where the additions are text."""
    return [*first, *PROSE[lang][:3], *mid, *PROSE[lang][3:], *last]
