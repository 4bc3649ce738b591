import { createGuardTable } from '../../lambda/aws/guard-table.ts';
import { describeGuardAdministration, describeGuardTable } from '../support/guard-table-contract.ts';
import { createMemoryGuardTable } from '../support/memory-guard-table.ts';
import { useLocalTable } from './local-table.ts';

const { table: memory } = createMemoryGuardTable();
describeGuardTable('in memory', () => memory);

const local = useLocalTable(createGuardTable);
describeGuardTable('on DynamoDB', () => local().table);
describeGuardAdministration('on DynamoDB', local);
