import { createKeyTable } from '../../lambda/aws/key-table.ts';
import { describeKeyTable } from '../support/key-table-contract.ts';
import { useLocalTable } from './local-table.ts';

const local = useLocalTable(createKeyTable);
describeKeyTable('on DynamoDB', () => local().table);
