package com.example.phone

import android.app.Notification
import android.app.NotificationManager
import android.app.PendingIntent
import android.app.Person
import android.content.Context
import android.content.Intent
import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage
import com.huawei.hms.push.HmsMessageService
import java.time.Duration
import java.time.Instant
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import com.huawei.hms.push.RemoteMessage as HuaweiMessage

/** What the rest of the app does. */
interface Phone {
    /** Registers this account over SIP, with a Contact parameter that is new each time; tells once that is done. */
    fun register(call: PushedCall, onRegistered: () -> Unit)

    /** Has the PBX told of a new token. */
    fun sendToken(platform: String, token: String)
}

/** From Google. */
class GooglePushService : FirebaseMessagingService() {
    override fun onMessageReceived(message: RemoteMessage) =
        Pushes.take(this, message.data, message.notification?.tag)

    override fun onNewToken(token: String) = Pushes.phone.sendToken("fcm", token)
}

/** From Huawei, on Android and HarmonyOS up to 4. */
class HuaweiPushService : HmsMessageService() {
    override fun onMessageReceived(message: HuaweiMessage) = Pushes.take(this, message.dataOfMap)

    override fun onNewToken(token: String) = Pushes.phone.sendToken("hms", token)
}

/** One for all, since a phone may have both services. */
object Pushes {
    lateinit var phone: Phone
    val calls = PushedCalls()
    private val timer = Executors.newSingleThreadScheduledExecutor { Thread(it).apply { isDaemon = true } }

    /** @param tag under which the system shows it where the app is not in front, with the id 0: either replaces the other */
    fun take(context: Context, data: Map<String, String>, tag: String? = null) {
        val shown = context.getSystemService(NotificationManager::class.java)
        when (val decision = calls.take(data, Instant.now())) {
            is Decision.Ring -> {
                val call = decision.call
                shown.notify(call.uuid, 0, ringing(context, call))
                phone.register(call) {
                    calls.registered(call.uuid, Instant.now())
                    timer.schedule({ calls.late(Instant.now()).forEach { shown.cancel(it, 0) } }, 10, TimeUnit.SECONDS)
                }
            }
            is Decision.End -> {
                shown.cancel(decision.uuid, 0)
                decision.missedFrom?.let { shown.notify(decision.uuid, 0, missed(context, it)) }
            }
            is Decision.Show -> shown.notify(tag ?: decision.data["uuid"], 0, message(context, decision.data))
            Decision.Drop -> {}
        }
    }

    /** Shown until the call ends; the system takes it away when the ring window does. */
    private fun ringing(context: Context, call: PushedCall): Notification {
        val open = PendingIntent.getActivity(
            context,
            call.uuid.hashCode(),
            Intent(context, CallActivity::class.java).putExtra("uuid", call.uuid),
            PendingIntent.FLAG_IMMUTABLE or PendingIntent.FLAG_UPDATE_CURRENT,
        )
        val caller = Person.Builder().setName(call.caller ?: context.getString(R.string.PNS_CALL)).build()
        return Notification.Builder(context, "pns_call")
            .setSmallIcon(R.drawable.ic_call)
            .setCategory(Notification.CATEGORY_CALL)
            // It opens the activity that declines (it registers, takes the INVITE, and answers 603) or answers.
            .setStyle(Notification.CallStyle.forIncomingCall(caller, open, open))
            .setFullScreenIntent(open, true)
            .setTimeoutAfter(Duration.between(Instant.now(), call.expiresAt).toMillis())
            .build()
    }

    private fun missed(context: Context, missed: Missed): Notification =
        titled(context, "pns_missed_call", R.string.PNS_MISSED_CALL, R.string.PNS_MISSED_CALL_FROM, missed.caller).build()

    private fun message(context: Context, data: Map<String, String>): Notification {
        val who = data["callerName"] ?: data["caller"]
        val titled = when (data["type"]) {
            "voicemail" -> titled(context, "pns_voicemail", R.string.PNS_VOICEMAIL, R.string.PNS_VOICEMAIL_FROM, who)
            "message" -> titled(context, "pns_message", R.string.PNS_MESSAGE, R.string.PNS_MESSAGE_FROM, who)
            else -> return missed(context, Missed(who))
        }
        return titled.setContentText(data["text"]).build()
    }

    private fun titled(context: Context, channel: String, alone: Int, from: Int, who: String?): Notification.Builder =
        Notification.Builder(context, channel)
            .setSmallIcon(R.drawable.ic_call)
            .setContentTitle(if (who == null) context.getString(alone) else context.getString(from, who))
}
