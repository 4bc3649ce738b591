@file:Suppress("UNUSED_PARAMETER")

// What the sample uses of Android's. A notification that is shown or taken away is noted.
package android.app

import android.content.Context
import android.content.Intent

class Person private constructor(val name: String) {
    class Builder {
        private var name = ""
        fun setName(name: CharSequence): Builder = apply { this.name = name.toString() }
        fun build() = Person(name)
    }
}

class PendingIntent {
    companion object {
        const val FLAG_IMMUTABLE = 1 shl 26
        const val FLAG_UPDATE_CURRENT = 1 shl 27
        fun getActivity(context: Context, code: Int, intent: Intent, flags: Int) = PendingIntent()
    }
}

class Notification(val text: String) {
    class CallStyle(val person: Person) {
        companion object {
            fun forIncomingCall(person: Person, decline: PendingIntent, answer: PendingIntent) = CallStyle(person)
        }
    }

    class Builder(context: Context, private val channel: String) {
        private val parts = mutableListOf<String>()
        fun setSmallIcon(icon: Int): Builder = this
        fun setCategory(category: String): Builder = this
        fun setStyle(style: CallStyle): Builder = apply { parts += "rings: ${style.person.name}" }
        fun setFullScreenIntent(intent: PendingIntent, highPriority: Boolean): Builder = this
        fun setTimeoutAfter(milliseconds: Long): Builder = apply { check(milliseconds in 1..300_000) }
        fun setContentTitle(title: CharSequence): Builder = apply { parts += title.toString() }
        fun setContentText(text: CharSequence?): Builder = apply { text?.let { parts += it.toString() } }
        fun build() = Notification((listOf(channel) + parts).joinToString(" | "))
    }

    companion object {
        const val CATEGORY_CALL = "call"
    }
}

object NotificationManager {
    val notes = mutableListOf<String>()
    fun notify(tag: String?, id: Int, notification: Notification) {
        notes += "show $tag: ${notification.text}"
    }
    fun cancel(tag: String?, id: Int) {
        notes += "take away $tag"
    }
}
