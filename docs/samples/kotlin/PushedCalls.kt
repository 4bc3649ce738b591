package com.example.phone

import java.time.Duration
import java.time.Instant
import java.time.format.DateTimeParseException

/** A call that rings, as its push tells. */
data class PushedCall(
    val uuid: String,
    /** Which account of the app is called: this extension, at this PBX. */
    val callee: String,
    val pbx: String,
    val caller: String?,
    val expiresAt: Instant,
    val isTest: Boolean,
)

/** What the app does about a push. */
sealed interface Decision {
    /** Show that it rings, and register with the PBX. */
    data class Ring(val call: PushedCall) : Decision

    /** Take what rings off the screen, and show that a call was missed where that is said. */
    data class End(val uuid: String, val missedFrom: Missed?) : Decision

    /** Show a message, a voicemail or a missed call, where the system has not. */
    data class Show(val data: Map<String, String>) : Decision

    /** Expired, seen before, cancelled before, or nothing that this app knows. */
    data object Drop : Decision
}

/** Who called in vain; null where the number is withheld. */
data class Missed(val caller: String?)

/**
 * Which calls ring, and which may not any more. Nothing here is Android's. It lives as long as the process: keep it in a
 * file if yours may end within a ring.
 */
class PushedCalls {
    private enum class State { Waiting, Invited, Over }

    private class Known(var state: State, val until: Instant, var endsAt: Instant = until)

    private val known = HashMap<String, Known>()

    /** Decides on the flat map of a push. */
    @Synchronized
    fun take(data: Map<String, String>, now: Instant): Decision {
        // A repeat may say that the call rings longer: nothing rings for more than 5 minutes.
        known.values.removeIf { it.until + Duration.ofMinutes(5) <= now }
        val uuid = data["uuid"] ?: return Decision.Drop
        val until = timeOf(data["expiresAt"]) ?: return Decision.Drop
        return when (data["type"]) {
            "call" -> takeCall(data, uuid, until, now)
            "cancel" -> takeCancel(data, uuid, until)
            "message", "voicemail", "missed_call" -> if (isNew(uuid, until, now)) Decision.Show(data) else Decision.Drop
            else -> Decision.Drop
        }
    }

    /** The app has registered with the PBX for this call: now its INVITE has 10 seconds. */
    @Synchronized
    fun registered(uuid: String, now: Instant) {
        known[uuid]?.run { endsAt = minOf(endsAt, now + Duration.ofSeconds(10)) }
    }

    /** The INVITE with this `X-PNS-Call-UUID` is here: from now on SIP alone ends the call. */
    @Synchronized
    fun invited(uuid: String) {
        known[uuid]?.state = State.Invited
    }

    /** The call was declined, or is over: a repeat of its push may not ring. */
    @Synchronized
    fun ended(uuid: String) {
        known[uuid]?.state = State.Over
    }

    /** The calls to end by now, since no INVITE came. */
    @Synchronized
    fun late(now: Instant): List<String> {
        val late = known.filterValues { it.state == State.Waiting && it.endsAt <= now }.keys.toList()
        for (uuid in late) ended(uuid)
        return late
    }

    private fun isNew(uuid: String, until: Instant, now: Instant): Boolean =
        until > now && known.putIfAbsent(uuid, Known(State.Over, until)) == null

    private fun takeCall(data: Map<String, String>, uuid: String, until: Instant, now: Instant): Decision {
        val (callee, pbx) = Pair(data["callee"] ?: return Decision.Drop, data["pbx"] ?: return Decision.Drop)
        if (!isNew(uuid, until, now)) return Decision.Drop
        known[uuid]?.state = State.Waiting
        return Decision.Ring(PushedCall(uuid, callee, pbx, nameIn(data), until, data["test"] == "true"))
    }

    /** It may have overtaken its call. To be shown as missed it is late, too. */
    private fun takeCancel(data: Map<String, String>, uuid: String, until: Instant): Decision {
        val before = known[uuid]?.state
        if (before == State.Invited) return Decision.Drop
        known[uuid] = Known(State.Over, maxOf(until, known[uuid]?.until ?: until))
        val missed = if (data["missed"] == "true") Missed(nameIn(data)) else null
        return if (before == State.Waiting || missed != null) Decision.End(uuid, missed) else Decision.Drop
    }

    private fun nameIn(data: Map<String, String>): String? = data["callerName"] ?: data["caller"]

    private fun timeOf(text: String?): Instant? = try {
        text?.let(Instant::parse)
    } catch (_: DateTimeParseException) {
        null
    }
}
