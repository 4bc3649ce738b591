import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { describeRegistrationTable } from '../support/registration-table-contract.ts';
import { useLocalTable } from './local-table.ts';

const { table: memory } = createMemoryTable();
describeRegistrationTable('in memory', () => memory);

const local = useLocalTable(createRegistrationTable);
describeRegistrationTable('on DynamoDB', () => local().table);
