import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidOfCall } from '../../lambda/core/uuid.ts';

const pbxIds = fc.stringMatching(/^[a-z0-9-]{1,64}$/);

describe('uuidOfCall', () => {
  it('is of version 5 and of RFC 9562’s variant, in lower case, whatever the call ID holds', () => {
    fc.assert(
      fc.property(pbxIds, fc.string({ unit: 'binary' }), (pbxId, callId) => {
        const uuid = uuidOfCall(pbxId, callId);
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
    );
  });

  it('is for good: a deployment of another day makes the same of the same call', () => {
    expect(uuidOfCall('pbx-1', 'a84b4c76e66710@pc33.example.com')).toBe(
      '432abb3b-363c-51c3-a3c2-7a4bd948e824',
    );
  });

  it('is another at another PBX, and for another call', () => {
    fc.assert(
      fc.property(pbxIds, pbxIds, fc.string(), fc.string(), (pbxA, pbxB, callA, callB) => {
        const same = pbxA === pbxB && callA === callB;
        expect(uuidOfCall(pbxA, callA) === uuidOfCall(pbxB, callB)).toBe(same);
        expect(uuidOfCall(pbxA, callA)).toBe(uuidOfCall(pbxA, callA));
      }),
    );
  });
});
