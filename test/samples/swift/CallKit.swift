// What the sample uses of Apple's CallKit. It notes what it is told.
import Foundation

enum CXCallEndedReason: Int {
    case failed = 1
    case remoteEnded, unanswered, answeredElsewhere, declinedElsewhere
}

struct CXHandle {
    enum HandleType { case generic, phoneNumber, emailAddress }
    let type: HandleType
    let value: String
}

final class CXCallUpdate {
    var remoteHandle: CXHandle?
}

final class CXProviderConfiguration {
    var supportedHandleTypes: Set<CXHandle.HandleType> = []
}

final class CXAnswerCallAction {
    let callUUID: UUID
    init(call: UUID) { callUUID = call }
    func fulfill() {}
}

final class CXEndCallAction {
    let callUUID: UUID
    init(call: UUID) { callUUID = call }
    func fulfill() {}
}

protocol CXProviderDelegate: AnyObject {
    func providerDidReset(_ provider: CXProvider)
    func provider(_ provider: CXProvider, perform action: CXAnswerCallAction)
    func provider(_ provider: CXProvider, perform action: CXEndCallAction)
}

final class CXProvider {
    nonisolated(unsafe) static var notes: [String] = []
    nonisolated(unsafe) static weak var delegate: CXProviderDelegate?

    init(configuration: CXProviderConfiguration) {}
    func setDelegate(_ delegate: CXProviderDelegate?, queue: DispatchQueue?) { CXProvider.delegate = delegate }
    func reportNewIncomingCall(with uuid: UUID, update: CXCallUpdate, completion: @escaping (Error?) -> Void) {
        CXProvider.notes.append("report \(uuid.uuidString.lowercased()) \(update.remoteHandle?.value ?? "-")")
        completion(nil)
    }
    func reportCall(with uuid: UUID, endedAt: Date?, reason: CXCallEndedReason) {
        CXProvider.notes.append("end \(uuid.uuidString.lowercased()) \(reason)")
    }
}
