// What the sample uses of Apple's PushKit.
import Foundation

enum PKPushType { case voIP }

final class PKPushCredentials {
    let token: Data
    init(token: Data) { self.token = token }
}

final class PKPushPayload {
    let dictionaryPayload: [AnyHashable: Any]
    init(_ dictionaryPayload: [AnyHashable: Any]) { self.dictionaryPayload = dictionaryPayload }
}

protocol PKPushRegistryDelegate: AnyObject {
    func pushRegistry(_ registry: PKPushRegistry, didUpdate credentials: PKPushCredentials, for type: PKPushType)
    func pushRegistry(
        _ registry: PKPushRegistry, didReceiveIncomingPushWith payload: PKPushPayload, for type: PKPushType,
        completion: @escaping () -> Void)
}

final class PKPushRegistry {
    weak var delegate: PKPushRegistryDelegate?
    var desiredPushTypes: Set<PKPushType> = []
    init(queue: DispatchQueue?) {}
}
