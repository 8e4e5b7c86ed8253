"""Words that are in every talk and are the topic of none, in the languages people most often write in. Pure."""

from __future__ import annotations

from bots.folding import tokens

_NUMBERS = """
one two three four five six seven eight nine ten first second third monday tuesday wednesday thursday friday saturday
sunday eins zwei drei vier funf sechs sieben acht neun zehn montag dienstag mittwoch donnerstag freitag samstag sonntag
uhr uno dos tres cuatro cinco seis siete ocho nueve diez lunes martes miercoles jueves viernes sabado domingo deux trois
quatre cinq sept huit neuf dix lundi mardi mercredi jeudi vendredi samedi dimanche due tre quattro cinque sei sette otto
nove dieci dois duas quatro oito dez
"""
_ENGLISH = """
the a an and or but if then else so of to in on at by for with from into over about as is are was
were be been being am
do does did done doing have has had having can could will would shall should may might must not no
nor yes yeah yep nope
i me my mine you your yours he him his she her hers it its we us our they them their this that these those there here
who whom whose which what when where why how all any some each every both few more most other such only own same than
too very just also even still ever never always now again once really quite pretty much many lot lots thing things
something anything nothing someone anyone everyone one two get got gets getting go goes going gone went come came make
made makes know knows knew think thinks thought want wants wanted like likes liked see saw seen say
says said look looks
good great nice well okay ok oh hey hi hello bye thanks thank please sorry lol haha hahaha hmm wow
yo dont doesnt didnt
cant wont isnt arent wasnt im ive ill youre youve thats theres lets gonna wanna gotta need needs
try tried use used using
maybe probably actually basically though because since while until after before back out up down off today tomorrow
yesterday time day days week way people guys everybody anybody let take took put give gave work works sure right left
new old last first next long little big bit kind sort stuff don doesn didn isn wasn couldn wouldn
ain sounds seems feel
tonight morning evening night minute minutes hour hours everything literally totally honestly anyway already yet same
"""
_GERMAN = """
der die das den dem des ein eine einen einem einer eines und oder aber wenn dann sonst so von zu in
im auf an am bei fur
mit aus nach uber um als wie ist sind war waren sein bin bist hat habe haben hatte hast kann kannst konnen wird werden
wurde muss mussen soll sollte nicht kein keine nein ja ich mich mir mein meine du dich dir dein
deine er ihn ihm sie ihr
ihre es wir uns unser euch man sich dies diese dieser dieses da hier wer was wann wo warum alle
alles viel mehr auch nur
noch schon mal doch denn eben halt sehr gut danke bitte hallo heute morgen gestern jetzt immer wieder gar etwas nichts
dass weil oh ach also genau vielleicht eigentlich einfach geht gibt machen macht wurden hatten ganz
beim zum zur ins vom
"""
_ROMANCE = """
el la los las un una unos unas y o pero si de del al en con por para sin sobre como que es son era fue ser estar esta
estan este esto ese eso hay he ha han yo tu me te se lo le nos su sus mi mis muy mas no ya tambien
aqui alli cuando donde
quien porque hoy ayer manana gracias hola bueno bien pues todo todos nada algo vamos pongo pone va voy tengo
tiene quiero puede
le les des une et ou mais ne pas plus je il elle on nous vous ils elles ce cette ces cet ca mon ma
mes ton ta tes son sa
ses leur dans sur avec pour par sans est sont etait etre ai as avons avez ont avoir fait faire tres bien oui non merci
bonjour salut aussi meme tout tous rien quoi qui ou quand comment pourquoi va vais peut faut c j d l n s m t qu
il lo gli uno di da che chi non piu anche come cosa dove quando perche sono sei siamo e era ho hai
abbiamo hanno mio mia
tuo sua questo questa quello ciao grazie si sempre ancora poi molto
o os as um uma e ou mas se do da dos das no na nos nas com por para sem sobre que eu voce ele ela
nos eles isso esse essa
este nao sim mais muito ja tambem aqui ali quando onde quem porque hoje ontem amanha obrigado oi bom boa tudo nada foi
vai vou tem tenho estou esta sao ser
"""
_SLAVIC = """
и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее мне было вот от
меня еще нет о из ему
теперь когда даже ну ли если уже или ни быть был него до вас нибудь опять уж вам ведь там потом
себя ничего ей может они
тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе под будет тогда
кто этот того потому
этого какой совсем ним здесь этом один почти мой тем чтобы нее сейчас были куда зачем всех можно при об это эта эти
спасибо привет сегодня завтра вчера очень просто такой
i w z na do sie nie to jest ze o jak ale po co tak za od czy juz tylko go jej moze byc dla mnie ja ty on ona my wy oni
ten ta te tego tym bardzo dzieki czesc dzis jutro
"""
_OTHERS = """
de het een en of maar als dan van naar op aan bij voor met uit over is zijn was waren ben bent
heeft heb hebben had kan
kunnen wordt niet geen nee ja ik mij mijn jij je jouw hij hem zij haar wij we ons jullie dit dat
deze die hier daar wie
wat wanneer waar waarom hoe alle veel meer ook nog al wel heel goed bedankt hallo vandaag morgen
ve bir bu da de icin ile cok ama ne var yok mi mu ben sen o biz siz onlar gibi daha en kadar sonra simdi evet hayir
tamam selam tesekkurler olarak degil iyi
في من على الى إلى عن ما لا هذا هذه هو هي انا أنا انت أنت نحن كان مع كل هل كيف متى أين لم لن قد ثم أو و يا شكرا نعم
"""
_CJK = """
今天 明天 昨天 我们 你们 他们 什么 怎么 没有 可以 知道 一个 这个 那个 就是 不是 但是 因为
所以 现在 还是 觉得 大家 时候 一下 真的
今日 明日 昨日 何時 本当 自分 時間 一緒 大丈夫
"""
_KOREAN = """
오늘 내일 어제 그리고 그런데 근데 진짜 정말 너무 우리 저는 나는 그거 이거 그게 이게 지금
그냥 아니 그럼 많이 다시 같이 좋아 있어
있는 없어 없는 하는 해요 하고 네요 안녕하세요 감사합니다
"""

STOPWORDS = frozenset(
    token.text for text in (_NUMBERS, _ENGLISH, _GERMAN, _ROMANCE, _SLAVIC, _OTHERS, _KOREAN) for token in tokens(text)
) | frozenset(_CJK.split())
