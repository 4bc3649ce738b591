package com.huawei.hms.push

import android.content.Context

/** The real one reads its map out of the text that is JSON. */
class RemoteMessage(val dataOfMap: Map<String, String>)

abstract class HmsMessageService : Context() {
    open fun onMessageReceived(message: RemoteMessage) {}
    open fun onNewToken(token: String) {}
}
