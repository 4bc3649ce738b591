import { expect, it } from 'vitest';
import { readResolvConf } from '../../../pbx/src/proxy/resolv-conf.ts';

it('reads what the C library reads', () => {
  const conf = readResolvConf(
    [
      '; by hand',
      '#nameserver 192.0.2.9',
      ' nameserver 192.0.2.8',
      'nameserver\t192.0.2.1 # the first',
      'nameserver 2001:db8::1;second',
      'nameserver 127.0.0.1:5353',
      'nameserver fe80::1%eth0',
      'nameserver 192.0.2.4',
      'options timeout:40 attempts:3',
      'options rotate timeout:7',
    ].join('\n'),
  );
  expect(conf.nameservers).toEqual([
    { address: '192.0.2.1', line: 4 },
    { address: '2001:db8::1', line: 5 },
    { address: 'fe80::1%eth0', line: 7 },
  ]);
  expect(conf.ignored.map(({ line }) => line)).toEqual([6, 8]);
  expect(conf).toMatchObject({ timeoutSeconds: 7, rotate: true });
});

it('has the defaults of resolv.conf(5)', () => {
  expect(readResolvConf('')).toEqual({ nameservers: [], ignored: [], timeoutSeconds: 5, rotate: false });
  expect(readResolvConf('options timeout:99\n').timeoutSeconds).toBe(30);
});

it('takes the unspecified address for this machine', () => {
  const { nameservers } = readResolvConf('nameserver 0.0.0.0\nnameserver ::\n');
  expect(nameservers.map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
});
