"""Messages of Firefox 153 in other languages, from its language packs; ``{url}`` is filled in."""

GERMAN = (
    "Quellübergreifende (Cross-Origin) Anfrage blockiert: Die Gleiche-Quelle-Regel verbietet das "
    "Lesen der externen Ressource auf {url}. (Grund: "
)
FRENCH = (
    "Blocage d’une requête multiorigine (Cross-Origin Request) : la politique « Same Origin » ne "
    "permet pas de consulter la ressource distante située sur {url}. Raison : "
)
SPANISH = (
    "Solicitud desde otro origen bloqueada: la política de mismo origen impide leer el recurso "
    "remoto en {url} (razón: "
)
JAPANESE = (
    "クロスオリジン要求をブロックしました: 同一生成元ポリシーにより、{url} "
    "にあるリモートリソースの読み込みは拒否されます (理由: "
)

SENTENCES = {
    "de": {
        "missing": f"{GERMAN}CORS-Kopfzeile 'Access-Control-Allow-Origin' fehlt). Statuscode: 403.",
        "again": f"{GERMAN}CORS-Anfrage schlug fehl). Statuscode: (null).",
        "mismatch": f"{GERMAN}CORS-Kopfzeile 'Access-Control-Allow-Origin' stimmt nicht mit "
        "'https://other.example' überein).",
        "wildcard": f"{GERMAN}Berechtigung/Credential wird nicht unterstützt, wenn die "
        "CORS-Kopfzeile 'Access-Control-Allow-Origin' auf '*' gesetzt ist).",
        "credentials": f"{GERMAN}'true' in CORS-Kopfzeile 'Access-Control-Allow-Credentials' "
        "erwartet).",
        "method": f"{GERMAN}Methode nicht in CORS-Kopfzeile 'Access-Control-Allow-Methods' "
        "gefunden).",
        "token": f"{GERMAN}ungültiges Token 'b@d' in CORS-Kopfzeile "
        "'Access-Control-Allow-Methods').",
        "list": f"{GERMAN}ungültiges Token 'b@d' in CORS-Kopfzeile "
        "'Access-Control-Allow-Headers').",
        "header": f"{GERMAN}Kopfzeile 'x-request-id' ist aufgrund der Kopfzeile "
        "'Access-Control-Allow-Headers' aus der CORS-Preflight-Antwort nicht zulässig).",
        "not http": f"{GERMAN}CORS-Anfrage war nicht http).",
    },
    "fr": {
        "missing": f"{FRENCH}l’en-tête CORS « Access-Control-Allow-Origin » est manquant. Code "
        "d’état : 403.",
        "again": f"{FRENCH}échec de la requête CORS. Code d’état : (null).",
        "mismatch": f"{FRENCH}l’en-tête CORS « Access-Control-Allow-Origin » ne correspond pas à "
        "« https://other.example ».",
        "wildcard": f"{FRENCH}l’identification n’est pas prise en charge si la valeur de l’en-tête "
        "CORS « Access-Control-Allow-Origin » est « * ».",
        "credentials": f"{FRENCH}« true » attendu dans l’en-tête CORS "
        "« Access-Control-Allow-Credentials ».",
        "method": f"{FRENCH}méthode manquante dans l’en-tête « Access-Control-Allow-Methods ».",
        "token": f"{FRENCH}jeton « b@d » invalide dans l’en-tête CORS "
        "« Access-Control-Allow-Methods ».",
        "list": f"{FRENCH}jeton « b@d » invalide dans l’en-tête CORS "
        "« Access-Control-Allow-Headers ».",
        "header": f"{FRENCH}l’en-tête « x-request-id » n’est pas autorisé d’après l’en-tête "
        "« Access-Control-Allow-Headers » de la réponse de pré-vérification des requêtes CORS.",
        "not http": f"{FRENCH}la requête CORS n’utilise pas HTTP.",
    },
    "es": {
        "missing": f"{SPANISH}falta la cabecera CORS 'Access-Control-Allow-Origin'). Código de "
        "estado: 403.",
        "again": "Solicitud de origen cruzado bloqueada: La política de mismo origen no permite la "
        "lectura de recursos remotos en {url}. (Razón: Solicitud CORS sin éxito). Código de "
        "estado: (null).",
        "mismatch": f"{SPANISH}la cabecera CORS 'Access-Control-Allow-Origin' no coincide con "
        "'https://other.example').",
        "wildcard": f"{SPANISH.replace('{url}', chr(39) + '{url}' + chr(39))}la credencial no se "
        "admite si la cabecera CORS 'Access-Control-Allow-Credentials' es '*').",
        "credentials": f"{SPANISH}se esperaba 'true' en la cabecera CORS "
        "'Access-Control-Allow-Credentials').",
        "method": f"{SPANISH}token no se ha encontrado el método en la cabecera CORS "
        "'Access-Control-Allow-Methods').",
        "token": f"{SPANISH}token 'b@d' no válido en la cabecera CORS "
        "'Access-Control-Allow-Methods').",
        "list": f"{SPANISH}token 'b@d' no válido en la cabecera CORS "
        "'Access-Control-Allow-Headers').",
        "header": "Solicitud de origen cruzado bloqueada: La política de mismo origen (Same Origin "
        "Policy) no permite la lectura de recursos remotos en {url}. (Motivo: La cabecera "
        "‘x-request-id’ no está permitida de acuerdo a la cabecera ‘Access-Control-Allow-Headers’ "
        "de la verificación previa de la respuesta CORS).",
        "not http": f"{SPANISH}la solicitud CORS no es http).",
    },
    "ja": {
        "missing": f"{JAPANESE}CORS ヘッダー ‘Access-Control-Allow-Origin’ が足りない)。"
        "ステータスコード: 403",
        "again": f"{JAPANESE}CORS 要求が成功しなかった)。ステータスコード: (null)",
        "mismatch": f"{JAPANESE}CORS ヘッダー ‘Access-Control-Allow-Origin’ が "
        "‘https://other.example’ と異なる)。",
        "wildcard": f"{JAPANESE}CORS ヘッダー ‘Access-Control-Allow-Origin’ が ‘*’ "
        "である場合、認証情報はサポートされない)。",
        "credentials": f"{JAPANESE}CORS ヘッダー ‘Access-Control-Allow-Credentials’ は ‘true’ "
        "であるべき)。",
        "method": f"{JAPANESE}CORS ヘッダー ‘Access-Control-Allow-Methods’ "
        "にメソッドが見つからない)。",
        "token": f"{JAPANESE}CORS ヘッダー ‘Access-Control-Allow-Methods’ に不正なトークン ‘b@d’ "
        "が含まれる)。",
        "list": f"{JAPANESE}CORS ヘッダー ‘Access-Control-Allow-Headers’ に不正なトークン ‘b@d’ "
        "が含まれる)。",
        "header": f"{JAPANESE}CORS プリフライト応答からのヘッダー ‘Access-Control-Allow-Headers’ "
        "によりヘッダー ‘x-request-id’ が許可されていない)。",
        "not http": f"{JAPANESE}CORS 要求が http でない)。",
    },
}
"""The messages by language and by what they complain of."""
