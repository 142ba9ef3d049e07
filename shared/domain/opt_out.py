"""Words by which people ask for no more messages, in the languages of most WhatsApp users.

The whole message must be such a word: "please stop by tomorrow" is none. Words that mean something
else as often (cancel, end, quit) are left out; OPT_OUT_WORDS adds what a business wants besides.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache

WORDS: Mapping[str, str] = {
    "en": "stop, stop all, stopall, stop now, stop please, please stop, unsubscribe, opt out, "
    "unsubscribe me, optout, opt me out, stop promotions, stop messages, stop messaging me, "
    "no more messages, remove me, do not contact me, don't message me, dont message me, "
    "stop marketing",
    "es": "baja, darme de baja, dar de baja, dame de baja, dadme de baja, parar, detener, "
    "cancelar suscripción, desuscribir, desuscribirme, no más mensajes, no quiero más mensajes, "
    "detener promociones, no enviar más, no me escriban más",
    "pt": "parar, pare, sair, sair da lista, descadastrar, me descadastrar, cancelar inscrição, "
    "remover, não quero receber, não quero mais receber mensagens, parar promoções, "
    "interromper promoções",
    "fr": "arrêt, arrêter, arrêtez, désabonner, me désabonner, se désabonner, désabonnement, "
    "désinscription, me désinscrire, se désinscrire, plus de messages, arrêter les promotions",
    "de": "stopp, abmelden, abbestellen, austragen, keine werbung, keine werbung mehr, "
    "keine nachrichten mehr, werbung stoppen, werbung beenden, bitte nicht mehr schreiben",
    "it": "basta, fermati, disiscrivimi, disiscriviti, annulla iscrizione, cancellami, "
    "niente più messaggi, non inviare più, stop promozioni, interrompi promozioni",
    "nl": "stoppen, afmelden, uitschrijven, geen berichten meer, stop promoties, geen reclame",
    "pl": "wypisz, wypisz mnie, rezygnuję, nie wysyłaj, koniec wiadomości, zatrzymaj promocje",
    "ro": "dezabonare, dezabonează-mă, dezaboneaza",
    "tr": "dur, durdur, ret, abonelikten çık, abonelikten ayrıl, mesaj istemiyorum, "
    "promosyonları durdur",
    "id": "berhenti, berhenti berlangganan, hentikan, hentikan promosi, stop promo, "
    "jangan kirim lagi, henti",
    "vi": "dừng, dừng lại, hủy đăng ký, ngừng gửi",
    "hi": "रोकें, बंद करें, बंद करो, सदस्यता समाप्त करें, प्रचार रोकें, band karo, message band karo",
    "bn": "বন্ধ করুন, বন্ধ করো",
    "ar": "توقف, إيقاف, أوقف, قف, إلغاء الاشتراك, الغاء الاشتراك, إيقاف العروض",
    "ur": "بند کریں, رک جاؤ",
    "he": "הסר, הסרה, הסירו אותי, עצור",
    "ru": "стоп, отписаться, отпишите меня, отписка, хватит",
    "uk": "відписатися, відпишіть мене",
    "zh": "退订, 退訂, 取消订阅, 取消訂閱, 停止",
    "ja": "停止, 配信停止, 退会",
    "ko": "수신거부, 수신 거부, 중지, 구독 취소",
    "th": "หยุด, ยกเลิกการรับข่าวสาร",
    "sw": "acha, simamisha",
}
"""By language, separated by commas, in ordinary spelling; `normalised` sees to the rest."""

_LONGEST = 100  # characters; a longer message is no single word, and not worth the work

_ACCENTS = [
    (0x0300, 0x036F),
    (0x064B, 0x065F),
    (0x0640, 0x0640),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
]
"""Combining accents, Arabic vowel signs and the stretching line, which people leave out; what makes
a picture of a sign."""

_ALIKE = {"ı": "i", "đ": "d", "ł": "l"}


def normalised(text: str) -> str:
    """Small letters and digits without accents; all else is a blank, and none at the ends."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(map(_letter, plain)).split())


def is_opt_out(text: str | None, more: str = "") -> bool:
    """Whether the whole text is a word for "no more"; `more` are others, separated by commas."""
    if not text or len(text) > _LONGEST:
        return False
    return normalised(text) in _words(more)


@cache
def _words(more: str) -> frozenset[str]:
    """All of them as they are compared; made when the first message comes."""
    listed = ",".join([*WORDS.values(), more])
    return frozenset(filter(None, map(normalised, listed.split(","))))


def _letter(letter: str) -> str:
    if any(first <= ord(letter) <= last for first, last in _ACCENTS):
        return ""
    category = unicodedata.category(letter)
    if category == "Cf":  # invisible: direction marks, joiners
        return ""
    if category[0] in "LM" or category == "Nd":  # marks: in many scripts they are the vowels
        return _ALIKE.get(letter, letter)
    return " "
