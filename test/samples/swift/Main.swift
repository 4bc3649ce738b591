// Runs the samples: a JSON object a line from standard input, what they do about it to standard output.

final class NotingPhone: Phone {
    func register(for call: PushedCall, then: @escaping () -> Void) {
        CXProvider.notes.append("register \(call.callee)")
        then()
    }
    func answer(_ uuid: UUID) { CXProvider.notes.append("answer \(uuid.uuidString.lowercased())") }
    func hangUp(_ uuid: UUID) { CXProvider.notes.append("hang up \(uuid.uuidString.lowercased())") }
    func send(token: String, platform: String) { CXProvider.notes.append("token \(platform) \(token)") }
}

/// The decision alone, at the time that the line names.
func decide(_ calls: inout PushedCalls, _ line: [String: Any]) -> String {
    let now = Date(timeIntervalSince1970: (line["at"] as! Double) / 1000)
    let uuid = (line["uuid"] as? String).flatMap(UUID.init(uuidString:)) ?? UUID()
    let push = (line["push"] as? [String: Any] ?? [:]).compactMapValues { $0 as? String }
    switch line["do"] as! String {
    case "call":
        switch calls.take(PushedCall(push)!, now: now) {
        case .ring(let call): return "ring \(call.caller ?? "-")\(call.isTest ? ", a test" : "")"
        case .reportAgain: return "report again"
        case .reportAndEnd(_, let reason): return "report and end: \(reason.rawValue)"
        }
    case "cancel": return calls.cancel(push, now: now).map { "end: \($0.1.rawValue)" } ?? "nothing"
    case "registered": calls.registered(uuid, now: now)
    case "invited": calls.invited(uuid)
    case "declined": calls.ended(uuid, .declined)
    case "late": return calls.late(now: now).isEmpty ? "nothing" : "end: no INVITE"
    default: fatalError("no such step")
    }
    return "-"
}

// To a pipe, lines would wait for each other.
setvbuf(stdout, nil, _IOLBF, 0)
var calls = PushedCalls()
var pushes = CallPushes(phone: NotingPhone())
let registry = PKPushRegistry(queue: nil)
while let text = readLine() {
    let line = try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any]
    CXProvider.notes = []
    switch line["do"] as! String {
    case "start":
        calls = PushedCalls()
        pushes = CallPushes(phone: NotingPhone())
        print("-")
    case "voip":
        var completed = false
        pushes.pushRegistry(registry, didReceiveIncomingPushWith: PKPushPayload(line["push"] as! [String: Any]), for: .voIP) {
            completed = true
        }
        print((CXProvider.notes + [completed ? "completed" : "not completed"]).joined(separator: ", "))
    case "background":
        pushes.didReceive(remoteNotification: line["push"] as! [String: Any])
        print(CXProvider.notes.joined(separator: ", "))
    case "user declines":
        CXProvider.delegate?.provider(CXProvider(configuration: CXProviderConfiguration()), perform: CXEndCallAction(call: UUID(uuidString: line["uuid"] as! String)!))
        print(CXProvider.notes.joined(separator: ", "))
    case "token":
        pushes.pushRegistry(registry, didUpdate: PKPushCredentials(token: Data([0x0f, 0xa0])), for: .voIP)
        print(CXProvider.notes.joined(separator: ", "))
    default: print(decide(&calls, line))
    }
}
