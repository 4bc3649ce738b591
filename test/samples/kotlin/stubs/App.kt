package com.example.phone

class CallActivity

/** As Android makes it out of an app's string tables. */
object R {
    object drawable {
        const val ic_call = 0
    }

    object string {
        const val PNS_CALL = 1
        const val PNS_MESSAGE = 2
        const val PNS_MESSAGE_FROM = 3
        const val PNS_VOICEMAIL = 4
        const val PNS_VOICEMAIL_FROM = 5
        const val PNS_MISSED_CALL = 6
        const val PNS_MISSED_CALL_FROM = 7
    }

    val names: Map<Int, String> = string::class.java.declaredFields
        .filter { it.type == Int::class.javaPrimitiveType }
        .associate { it.getInt(null) to it.name }
}
