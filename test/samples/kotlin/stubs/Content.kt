@file:Suppress("UNUSED_PARAMETER")

package android.content

import com.example.phone.R

open class Context {
    @Suppress("UNCHECKED_CAST")
    fun <T> getSystemService(type: Class<T>): T = android.app.NotificationManager as T
    fun getString(id: Int): String = R.names.getValue(id)
    fun getString(id: Int, vararg arguments: Any): String = "${R.names.getValue(id)}(${arguments.joinToString()})"
}

class Intent(context: Context, activity: Class<*>) {
    fun putExtra(name: String, value: String): Intent = this
}
