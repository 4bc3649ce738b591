// Runs the samples: a step a line from standard input, as `name=value` joined by `&`, what they do about it to standard output.
package com.example.phone

import android.app.NotificationManager
import com.google.firebase.messaging.RemoteMessage
import java.net.URLDecoder
import java.time.Instant
import com.huawei.hms.push.RemoteMessage as HuaweiMessage

private object NotingPhone : Phone {
    override fun register(call: PushedCall, onRegistered: () -> Unit) {
        NotificationManager.notes += "register ${call.callee}"
        onRegistered()
    }

    override fun sendToken(platform: String, token: String) {
        NotificationManager.notes += "token $platform $token"
    }
}

/** The decision alone, at the time that the line names. */
private fun decide(calls: PushedCalls, step: Map<String, String>, push: Map<String, String>): String {
    val now = Instant.ofEpochMilli(step.getValue("at").toLong())
    val uuid = step["uuid"].orEmpty()
    when (step["do"]) {
        "push" -> return when (val decision = calls.take(push, now)) {
            is Decision.Ring -> "ring ${decision.call.caller ?: "-"}${if (decision.call.isTest) ", a test" else ""}"
            is Decision.End -> "end${decision.missedFrom?.let { ", missed from ${it.caller ?: "-"}" }.orEmpty()}"
            is Decision.Show -> "show"
            Decision.Drop -> "drop"
        }
        "registered" -> calls.registered(uuid, now)
        "invited" -> calls.invited(uuid)
        "declined" -> calls.ended(uuid)
        "late" -> return if (calls.late(now).isEmpty()) "nothing" else "end: no INVITE"
        else -> error("no such step")
    }
    return "-"
}

fun main() {
    Pushes.phone = NotingPhone
    var calls = PushedCalls()
    generateSequence(::readLine).forEach { line ->
        val pairs = line.split('&').associate { pair ->
            val (name, value) = pair.split('=', limit = 2)
            name to URLDecoder.decode(value, "UTF-8")
        }
        val step = pairs.filterKeys { !it.startsWith("push.") }
        val push = (pairs - step.keys).mapKeys { it.key.removePrefix("push.") }
        NotificationManager.notes.clear()
        when (step["do"]) {
            "start" -> calls = PushedCalls()
            "google" -> GooglePushService().onMessageReceived(RemoteMessage(push, step["tag"]?.let { RemoteMessage.Notification(it) }))
            "huawei" -> HuaweiPushService().onMessageReceived(HuaweiMessage(push))
            "google token" -> GooglePushService().onNewToken(step.getValue("token"))
            "huawei token" -> HuaweiPushService().onNewToken(step.getValue("token"))
            else -> NotificationManager.notes += decide(calls, step, push)
        }
        println(NotificationManager.notes.joinToString(", "))
    }
}
