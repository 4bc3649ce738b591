import CallKit
import Foundation
import PushKit

/// What the rest of the app does.
protocol Phone: AnyObject {
    /// Registers this account over SIP, with a Contact parameter that is new each time; tells once that is done.
    func register(for call: PushedCall, then: @escaping () -> Void)
    /// Takes the INVITE of this `X-PNS-Call-UUID`, now or when it comes.
    func answer(_ uuid: UUID)
    /// Takes the INVITE, now or when it comes, and answers 603; or says BYE where the call was answered.
    func hangUp(_ uuid: UUID)
    /// Has the PBX told of a new token.
    func send(token: String, platform: String)
}

/// Make one as soon as the app starts, on the main queue: iOS starts it for a call.
final class CallPushes: NSObject, PKPushRegistryDelegate, CXProviderDelegate {
    private let phone: Phone
    private let provider: CXProvider
    private let registry: PKPushRegistry
    private(set) var calls = PushedCalls()

    init(phone: Phone) {
        self.phone = phone
        let configuration = CXProviderConfiguration()
        configuration.supportedHandleTypes = [.phoneNumber, .generic]
        provider = CXProvider(configuration: configuration)
        registry = PKPushRegistry(queue: .main)
        super.init()
        provider.setDelegate(self, queue: nil)
        registry.delegate = self
        registry.desiredPushTypes = [.voIP]
    }

    func pushRegistry(_ registry: PKPushRegistry, didUpdate credentials: PKPushCredentials, for type: PKPushType) {
        phone.send(token: credentials.token.map { String(format: "%02x", $0) }.joined(), platform: "apns-voip")
    }

    func pushRegistry(
        _ registry: PKPushRegistry, didReceiveIncomingPushWith payload: PKPushPayload, for type: PKPushType,
        completion: @escaping () -> Void
    ) {
        guard let call = PushedCall(flatMap(in: payload.dictionaryPayload)) else {
            // Even what cannot be read is reported, or iOS kills the app.
            let unknown = UUID()
            report(unknown, caller: nil, completion)
            return provider.reportCall(with: unknown, endedAt: nil, reason: .failed)
        }
        let decision = calls.take(call, now: Date())
        report(call.uuid, caller: call.caller, completion)
        switch decision {
        case .ring:
            wait(until: call.expiresAt)
            phone.register(for: call) {
                self.calls.registered(call.uuid, now: Date())
                self.wait(until: Date().addingTimeInterval(10))
            }
        case .reportAgain: break
        case .reportAndEnd(_, let reason): end(call.uuid, reason)
        }
    }

    /// From `application(_:didReceiveRemoteNotification:fetchCompletionHandler:)`: the background push on the `apns` token.
    func didReceive(remoteNotification userInfo: [AnyHashable: Any]) {
        if let (uuid, reason) = calls.cancel(flatMap(in: userInfo), now: Date()) { end(uuid, reason) }
    }

    /// SIP tells: the INVITE of this `X-PNS-Call-UUID` is here; the call is over.
    func invited(_ uuid: UUID) { calls.invited(uuid) }

    func ended(_ uuid: UUID, _ reason: EndReason) {
        calls.ended(uuid, reason)
        end(uuid, reason)
    }

    func provider(_ provider: CXProvider, perform action: CXAnswerCallAction) {
        phone.answer(action.callUUID)
        action.fulfill()
    }

    func provider(_ provider: CXProvider, perform action: CXEndCallAction) {
        calls.ended(action.callUUID, .declined)
        phone.hangUp(action.callUUID)
        action.fulfill()
    }

    func providerDidReset(_ provider: CXProvider) {}

    private func report(_ uuid: UUID, caller: String?, _ completion: @escaping () -> Void) {
        let update = CXCallUpdate()
        update.remoteHandle = caller.map { CXHandle(type: .generic, value: $0) }
        // An error says that CallKit has this call, or that the user is not to be disturbed.
        provider.reportNewIncomingCall(with: uuid, update: update) { _ in completion() }
    }

    private func end(_ uuid: UUID, _ reason: EndReason) {
        let told: CXCallEndedReason =
            switch reason {
            case .answeredElsewhere: .answeredElsewhere
            case .declined: .declinedElsewhere
            case .callerHungUp: .remoteEnded
            case .timedOut, .expired: .unanswered
            }
        provider.reportCall(with: uuid, endedAt: nil, reason: told)
    }

    private func wait(until: Date) {
        DispatchQueue.main.asyncAfter(deadline: .now() + until.timeIntervalSinceNow) {
            for uuid in self.calls.late(now: Date()) { self.end(uuid, .timedOut) }
        }
    }
}

private func flatMap(in payload: [AnyHashable: Any]) -> [String: String] {
    payload.reduce(into: [:]) { data, entry in
        if let key = entry.key as? String, let value = entry.value as? String { data[key] = value }
    }
}
